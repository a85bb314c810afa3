// The low-pass that steps go through: a sinc in a Kaiser window, and the chip's own RC low-pass.
// Made of sums, products, quotients and square roots only, which every machine rounds alike.
#include "apu/steps.h"

#include <cmath>

namespace starling::apu
{
namespace
{
constexpr double pi = 3.14159265358979323846;
constexpr double cutoff = 0.455; // of the sample rate, where the sinc is down by 6 dB
constexpr double beta = 7.0;     // of the window: 70 dB

/** sin(pi t) / (pi t), by the series of the sine, for which t is brought to -1/2..1/2. */
double sinc(double t)
{
    if (t == 0)
        return 1;
    const double nearest = std::floor(t + 0.5);
    const double x = pi * (t - nearest);
    double term = x, sum = x;
    for (int n = 1; n < 12; ++n)
    {
        term *= -x * x / ((2 * n) * (2 * n + 1));
        sum += term;
    }
    const bool odd = std::fmod(nearest, 2.0) != 0;
    return (odd ? -sum : sum) / (pi * t);
}

/** The modified Bessel function of order zero, by its series. */
double bessel(double x)
{
    double term = 1, sum = 1;
    for (int n = 1; n < 40; ++n)
    {
        term *= x * x / (4.0 * n * n);
        sum += term;
    }
    return sum;
}

/** The low-pass at `phases` points a sample. */
std::vector<double> drawn(double low_pass)
{
    std::vector<double> found(static_cast<size_t>(Taps::width * Taps::phases));
    const double decay = 2 * Taps::phases / (2 * pi * low_pass); // of the trapezoidal rule
    double before = 0, filtered = 0;
    for (size_t at = 0; at < found.size(); ++at)
    {
        const double x = static_cast<double>(at) / Taps::phases - Taps::width / 2;
        const double inside = 2 * x / Taps::width;
        const double window = bessel(beta * std::sqrt(1 - inside * inside));
        const double now = sinc(2 * cutoff * x) * window;
        filtered += (now + before - 2 * filtered) / (decay + 1);
        before = now;
        found[at] = low_pass > 0 ? filtered : now;
    }
    return found;
}

/** What the low-pass adds up to in the sample before each point: how far the step rises in it. */
std::vector<double> risen(std::vector<double> points)
{
    constexpr size_t sample = Taps::phases;
    for (size_t at = 1; at < points.size(); ++at)
        points[at] += points[at - 1];
    for (size_t at = points.size() - 1; at >= sample; --at)
        points[at] -= points[at - sample];
    return points;
}
} // namespace

Taps::Taps(double low_pass) : taps_(static_cast<size_t>(phases * width))
{
    const std::vector<double> points = risen(drawn(low_pass));
    for (int phase = 0; phase < phases; ++phase)
    {
        const auto point = [&](int tap)
        { return points[static_cast<size_t>((tap + 1) * phases - phase - 1)]; };
        double sum = 0;
        for (int tap = 0; tap < width; ++tap)
            sum += point(tap);
        for (int tap = 0; tap < width; ++tap)
            taps_[static_cast<size_t>(phase * width + tap)] = static_cast<float>(point(tap) / sum);
    }
}
} // namespace starling::apu
