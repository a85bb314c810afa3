// The NES's sound chip, played by notes: two pulses, a triangle and a noise, one note each. Audio
// thread only, except where noted; knows no host, so tests/host drives it directly.
#pragma once

#include "Audio/Chips/ChipSong.h"
#include "Audio/Chips/ChipVoice.h"
#include "Audio/Chips/SongPlayer.h"

#include <atomic>

namespace starling
{
/** One chip. It is on from the first note until all is silent, so that a bounce repeats whatever
    was played before. Its sound comes ChipRegisters::delay samples after the notes. */
class Chips
{
  public:
    /** Not while render runs. */
    void prepare(double sampleRate);
    void reset() noexcept;

    /** The song ends at once: the host has bypassed us. */
    void end() noexcept;

    /** A block begins; `isHeard`: notes play the chip, and the song does. */
    void begin(const ChipSettings& newSettings, bool isHeard) noexcept;

    void noteOn(int channel, int key, int velocity) noexcept;
    void noteOff(int channel, int key, bool pedal) noexcept;

    /** Let go of what no pedal holds any more; `keysToo`: of keys that are down as well. */
    void release(int channel, bool keysToo, const HeldKeys& pedals) noexcept;
    void silence(int channel) noexcept;

    /** Mix the next frames in. */
    void render(float* left, float* right, int frames, const ChannelsNow& now) noexcept;

    int sounding() const noexcept;

    /** Note what is written to the chip from now on. Not where audio runs: the log grows. */
    void logTo(RegisterLog* log) noexcept { registers.log = log; }

    SongPlayer song;

    /** The keys that the voices play, for the editor; -1: silent. Any thread. */
    std::array<std::atomic<int>, chip::voices> shown{-1, -1, -1, -1};

  private:
    void playSong() noexcept;
    int tickVoices(int frames, const ChannelsNow& now) noexcept;
    void renderPart(float* left, float* right, int frames) noexcept;
    void show() noexcept;

    ChipRegisters registers;
    ChipSettings settings;
    EnvelopeSteps steps;
    double rate = 44100.0;
    std::array<ChipVoice, chip::voices> voices{ChipVoice{chip::p1}, ChipVoice{chip::p2},
                                               ChipVoice{chip::tr}, ChipVoice{chip::no}};
    int silentFrames = 0;
};
} // namespace starling
