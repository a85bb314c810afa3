// Windowed-sinc interpolation of a sound at any speed, band-limited when it plays faster. Pure.
#pragma once

#include <array>
#include <vector>

namespace starling
{
/** One low-pass kernel at many sub-frame phases; any thread reads it. */
class Kernel
{
  public:
    static constexpr int taps = 32;    // 16 zero crossings a side at full bandwidth
    static constexpr int phases = 256; // in between, coefficients are interpolated linearly

    /** `cutoff` is a fraction of the source's Nyquist frequency, above 0 and at most 1. */
    explicit Kernel(double cutoff);

    /** Coefficients for the frames from floor(position) - taps / 2 + 1 on. */
    void coefficients(double fraction, std::array<float, taps>& out) const noexcept;

  private:
    std::vector<float> table; // (phases + 1, taps)
};

/** Kernels for playing up to three octaves up. Made before the audio starts, then only read. */
class Interpolator
{
  public:
    Interpolator();

    /** The kernel that keeps a sound free of aliases at `speed` source frames an output frame. */
    const Kernel& forSpeed(double speed) const noexcept;

  private:
    static constexpr int bandsPerOctave = 3;
    static constexpr int bands = 1 + 3 * bandsPerOctave;
    std::vector<Kernel> kernels;
};
} // namespace starling
