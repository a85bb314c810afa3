// Attack, decay, sustain, release: linear up, exponential down. Pure.
#pragma once

#include <algorithm>
#include <cmath>

namespace starling
{
/** Times in seconds; decay and release are the time to fall by 60 dB. Sustain is 0..1. */
struct EnvelopeTimes
{
    float attack = 0.0f, decay = 0.0f, sustain = 1.0f, release = 0.2f;
};

/** The same times as steps a frame, worked out once a block. */
struct EnvelopeSteps
{
    float attack = 1.0f, decay = 0.0f, sustain = 1.0f, release = 0.0f;

    EnvelopeSteps() = default;
    EnvelopeSteps(const EnvelopeTimes& times, double rate) noexcept
        : attack(times.attack > 0.0f ? static_cast<float>(1.0 / (times.attack * rate)) : 1.0f),
          decay(fall(times.decay, rate)),
          sustain(times.sustain),
          release(fall(std::max(times.release, shortest), rate))
    {
    }

  private:
    static constexpr float shortest = 0.004f; // a release of 0 would click

    static float fall(float seconds, double rate) noexcept
    {
        return seconds > 0.0f ? static_cast<float>(std::exp(-6.907755 / (seconds * rate))) : 0.0f;
    }
};

/** The level of one voice, frame by frame. Audio thread only. */
class Envelope
{
  public:
    void start() noexcept
    {
        level = 0.0f;
        stage = Stage::attack;
    }

    void release() noexcept
    {
        if (stage != Stage::idle)
            stage = Stage::release;
    }

    bool isActive() const noexcept { return stage != Stage::idle; }
    bool isReleased() const noexcept { return stage == Stage::release; }
    float value() const noexcept { return level; }

    /** The level of the next frame. Attack 0 is full from the first frame. */
    float next(const EnvelopeSteps& steps) noexcept
    {
        switch (stage)
        {
        case Stage::attack:
            level = std::min(1.0f, level + steps.attack);
            if (level >= 1.0f)
                stage = Stage::decay;
            break;
        case Stage::decay:
            level = steps.sustain + (level - steps.sustain) * steps.decay;
            break;
        case Stage::release:
            level *= steps.release;
            if (level < silent)
                stop();
            break;
        case Stage::idle:
            break;
        }
        return level;
    }

    void stop() noexcept
    {
        level = 0.0f;
        stage = Stage::idle;
    }

  private:
    enum class Stage
    {
        idle,
        attack,
        decay,
        release
    };

    static constexpr float silent = 0.0001f; // -80 dB

    Stage stage = Stage::idle;
    float level = 0.0f;
};
} // namespace starling
