// One of the chip's four voices: which key it plays and how loud. It has one note: the key pressed
// last; when that is lifted, the one before it that is still held. Audio thread only.
#pragma once

#include "Audio/Chips/ChipRegisters.h"
#include "Audio/Chips/ChipSettings.h"
#include "Audio/Midi/Channels.h"

namespace starling
{
/** A key that is down, or that a pedal holds. */
struct ChipKey
{
    int channel = 0, key = 0;
    double loud = 0.0;      // 0..1
    int timbre = -1;        // a duty or mode of its own; -1: the voice's
    bool sustained = false; // lifted, and a pedal holds it

    bool is(int aChannel, int aKey) const noexcept { return channel == aChannel && key == aKey; }
};

class ChipVoice
{
  public:
    /** The volume moves as often as the chip's own frame counter ticks. */
    static constexpr int ticks = 240; // a second

    /** Its place among the chip's voices. */
    explicit ChipVoice(int newIndex) noexcept : index(newIndex) {}

    void press(int channel, int key, double loud, int timbre = -1) noexcept;
    void change(int channel, int key, double loud, int timbre) noexcept; // while it is down
    void lift(int channel, int key, bool pedal) noexcept;

    /** Let go of what no pedal holds any more; `keysToo`: of keys that are down as well. */
    void release(int channel, bool keysToo, const HeldKeys& pedals) noexcept;
    void silence(int channel) noexcept;
    void reset() noexcept;

    bool isActive() const noexcept { return envelope.isActive(); } // it must be ticked
    const ChipKey& sounding() const noexcept { return note; }

    /** Frames until it must be set again. */
    double untilTick = 0.0;

    /** The next tick: set its registers; `shift` is tune and bend in semitones, `gain` its
        channel's. */
    void tick(ChipRegisters& registers, const ChipVoiceSettings& settings,
              const EnvelopeSteps& steps, double shift, double gain) noexcept;

    /** The timer of a pulse or the triangle for a note in semitones; -1 where it has none. */
    static int timerOf(int voice, double note) noexcept;

    /** The noise's note 1..16 of a key: sixteen keys from 36 on, then anew. */
    static int noiseOf(int key) noexcept { return ((key - lowestNoise) & 15) + 1; }

    static constexpr int lowestNoise = 36; // the key of the noise's lowest note

  private:
    static constexpr int mostKeys = 16;

    void remove(int at) noexcept;
    void follow() noexcept;
    int volume(const ChipVoiceSettings& settings, double gain) const noexcept;
    void setPulse(ChipRegisters& registers, int loud, int duty, double shift) const noexcept;
    void setTriangle(ChipRegisters& registers, int loud, double shift) const noexcept;
    void setNoise(ChipRegisters& registers, int loud, int mode) const noexcept;

    const int index;
    std::array<ChipKey, mostKeys> keys; // the newest last
    int count = 0;
    ChipKey note;       // sounding, or released
    bool isCut = false; // silent from the next tick on
    Envelope envelope;
};
} // namespace starling
