// An immutable sound in memory, on the grid of 24-bit PCM so that FLAC keeps it bit for bit.
#pragma once

#include <juce_audio_formats/juce_audio_formats.h>

#include <memory>
#include <mutex>
#include <optional>

namespace starling
{
/** What the engine, or a saved project, gives with a sound. */
struct SoundInfo
{
    juce::String id;     // hash of the recipe
    juce::String recipe; // canonical JSON
    double rate = 44100.0;
    int root = 60;                        // MIDI note at which it was made
    static constexpr int rootOfFile = -1; // to be read from the file itself
};

/** Made on a worker, then only read. The audio thread never deletes one (see SoundBank). */
class Sound
{
  public:
    static constexpr int padding =
        32; // silent frames at both ends, so voices need no bounds checks

    /** Copies the first two channels of `source`, rounded to 24 bits. */
    Sound(SoundInfo soundInfo, const juce::AudioBuffer<float>& source);

    const SoundInfo info;

    int frames() const noexcept { return audio.getNumSamples() - 2 * padding; }
    int channels() const noexcept { return audio.getNumChannels(); }

    /** Frame 0 of a channel; mono sounds answer for both. Valid from -padding to frames + padding.
     */
    const float* channel(int index) const noexcept
    {
        return audio.getReadPointer(juce::jmin(index, channels() - 1)) + padding;
    }

    /** 24-bit FLAC, encoded once and kept: saving a project twice gives the same bytes. */
    const juce::MemoryBlock& flac() const;

    /** Every frame, bit for bit; the writer has our channels and 24 bits. */
    bool writeTo(juce::AudioFormatWriter& writer) const;

  private:
    juce::AudioBuffer<float> audio;
    mutable std::once_flag encoded;
    mutable juce::MemoryBlock flacBytes;
};

using SoundPointer = std::shared_ptr<const Sound>;

/** What the engine gives with a sound file. */
struct SoundExtent
{
    int frames = 0, channels = 0;
    double rate = 0.0;
};

/** Read a sound file; null when it cannot be read, holds nothing, is cut short, or is not as
    `expected`. Worker threads only. */
SoundPointer readSoundFile(const juce::File& file, SoundInfo info,
                           std::optional<SoundExtent> expected = {});

/** Decode what Sound::flac made; null when the bytes are damaged. Any thread but audio's. */
SoundPointer decodeFlac(const juce::MemoryBlock& bytes, SoundInfo info);
} // namespace starling
