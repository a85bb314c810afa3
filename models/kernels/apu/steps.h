// Band-limited steps. The chip's output is a staircase whose edges lie between samples: each edge
// is added as the step that a low-pass leaves of it, so nothing aliases, however the edge came
// about. Edges are added in order of time, so any blocks and any machine give the same bits.
#pragma once

#include "apu/units.h"

#include <algorithm>
#include <vector>

namespace starling::apu
{
/** Where a cycle lies among the samples. Exact at each second, and within 2e-6 samples between. */
class Clock
{
  public:
    static constexpr int bits = 40; // of a fraction of a sample

    Clock(int64_t sample_rate, int64_t clock)
        : sample_rate_(sample_rate), clock_(clock), step_((sample_rate << bits) / clock)
    {
    }

    /** Samples since the last whole second, as a fixed-point number; `base` is that second's. */
    int64_t place(Cycle at, int64_t& base)
    {
        while (at - second_ >= clock_)
        {
            second_ += clock_;
            base_ += sample_rate_;
        }
        base = base_;
        return (at - second_) * step_;
    }

    /** The first cycle that lies at this sample or after it. */
    Cycle cycle_of(int64_t sample) const
    {
        const int64_t rest = (sample % sample_rate_) << bits;
        return sample / sample_rate_ * clock_ + (rest + step_ - 1) / step_;
    }

  private:
    int64_t sample_rate_, clock_, step_, base_ = 0;
    Cycle second_ = 0;
};

/** Taps of the low-pass for each place between two samples. */
struct Taps
{
    static constexpr int width = 48, phase_bits = 9, phases = 1 << phase_bits;
    static constexpr int delay = width / 2 - 1; // samples

    /** With the chip's own low-pass inside, of a cutoff in samples^-1, or without (0). */
    explicit Taps(double low_pass);

    const float* of(int64_t phase) const { return &taps_[static_cast<size_t>(phase * width)]; }

  private:
    std::vector<float> taps_; // (phases, width)
};

/** Steps on their way to become samples. */
class Steps
{
  public:
    static constexpr int64_t block = 256; // samples that may be read at once

    Steps(int64_t sample_rate, int64_t clock, double low_pass)
        : clock_(sample_rate, clock), taps_(low_pass)
    {
    }

    Cycle cycle_of(int64_t sample) const { return clock_.cycle_of(sample); }

    /** The level rises by `change` at a cycle; less than a block after what has been read. */
    void add(Cycle at, float change)
    {
        int64_t base = 0;
        const int64_t place = clock_.place(at, base);
        const int64_t phase = place >> (Clock::bits - Taps::phase_bits) & (Taps::phases - 1);
        float* to = &changes_[static_cast<size_t>(base + (place >> Clock::bits) - read_)];
        const float* taps = taps_.of(phase);
        for (int tap = 0; tap < Taps::width; ++tap)
            to[tap] += change * taps[tap];
    }

    /** The next samples, at most a block of them. */
    void read(double* samples, int64_t count)
    {
        for (int64_t at = 0; at < count; ++at)
        {
            level_ += static_cast<double>(changes_[static_cast<size_t>(at)]);
            samples[at] = level_;
        }
        std::copy(changes_.begin() + count, changes_.end(), changes_.begin());
        std::fill(changes_.end() - count, changes_.end(), 0.0F);
        read_ += count;
    }

  private:
    Clock clock_;
    Taps taps_;
    std::array<float, block + Taps::width> changes_{};
    double level_ = 0;
    int64_t read_ = 0;
};
} // namespace starling::apu
