// The voices: which sound, which are stolen. Audio thread only; knows no host.
#pragma once

#include "Audio/Playing/Voice.h"

namespace starling
{
/** 32 voices and a few that fade away. Audio thread only. */
class VoicePool
{
  public:
    static constexpr int maxVoices = 32;

    auto begin() noexcept { return voices.begin(); }
    auto end() noexcept { return voices.end(); }
    auto begin() const noexcept { return voices.begin(); }
    auto end() const noexcept { return voices.end(); }

    /** Start a note; with 32 sounding, the one that will be missed least fades away for it. */
    void start(Delivery& delivery, SoundBank& bank, const NoteStart& note, double rate) noexcept;

    int sounding() const noexcept; // without those that fade away

    /** The voice started last that still sounds; null when all are silent. */
    const Voice* newest() const noexcept;

  private:
    Voice* spare() noexcept;
    Voice* leastMissed() noexcept;
    Voice& mostFaded() noexcept;

    std::array<Voice, maxVoices + 8> voices; // stolen voices fade out in the spare ones
    juce::uint64 notes = 0;
};
} // namespace starling
