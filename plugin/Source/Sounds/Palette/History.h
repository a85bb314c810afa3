// What the keys have played, to go back to. Worker thread only.
#pragma once

#include "Audio/Bank/SoundBank.h"

namespace starling
{
/** A sound on the keys, and the parameters that it belongs to. */
struct OnKeys
{
    HeldSound held;
    PresetOnKeys preset; // number 0: a model's sound
};

/** The sounds on the keys as a line of steps. Worker thread only. */
class History
{
  public:
    static constexpr int most = 32;

    /** Changes of one sound that follow each other faster, as those of a knob that is turned, are
        one step. */
    static constexpr double stepMs = 500.0;

    /** What the keys play by now and was not noted yet is a step of its own; so is what follows. */
    void beginStep() { isOwnStep = true; }

    /** Look at what the keys play. After going back, another sound begins a new future. */
    void note(const SoundBank& bank, double nowMs);

    /** Go to an entry and answer it, or nothing where there is none. */
    std::optional<OnKeys> go(int index);
    std::optional<OnKeys> back() { return go(position - 1); }
    std::optional<OnKeys> forward() { return go(position + 1); }

    const std::vector<OnKeys>& list() const { return entries; } // oldest first
    int at() const { return position; }                         // -1: empty

  private:
    bool isSameStep(const OnKeys& next, double nowMs) const;

    std::vector<OnKeys> entries;
    int position = -1, era = 0;
    double changedAt = 0.0;
    bool isOwnStep = false;
    bool hasMoved = false; // by going back or forward: the next sound is a step of its own
};
} // namespace starling
