// The recording that textures go on from. Worker thread only.
#pragma once

#include "Audio/Bank/Sound.h"
#include "Engine/Inbox.h"

namespace starling
{
/** The last minute of a WAV, AIFF, FLAC or Ogg file, mono; null when it cannot be read. */
SoundPointer readPrime(const juce::File& file);

/** Puts the prime where the engine reads it, once a connection. Worker thread only. */
class PrimeFile
{
  public:
    explicit PrimeFile(Inbox& engineInbox) : inbox(engineInbox) {}

    /** The path for `stream`, empty without a prime; nothing when it cannot be written. */
    std::optional<juce::String> pathFor(const SoundPointer& prime);

  private:
    Inbox& inbox;
    SoundPointer written;
    juce::File file;
};
} // namespace starling
