#include "Audio/Playing/Interpolator.h"

#include <algorithm>
#include <cmath>

namespace starling
{
namespace
{
constexpr double pi = 3.14159265358979323846;
constexpr double beta = 9.0; // Kaiser window: side lobes about 90 dB down

double bessel(double x)
{
    double sum = 1.0, term = 1.0;

    for (int k = 1; k < 40; ++k)
    {
        term *= (x / (2.0 * k)) * (x / (2.0 * k));
        sum += term;
    }
    return sum;
}

double windowedSinc(double offset, double cutoff)
{
    constexpr double reach = Kernel::taps / 2.0;
    const auto position = offset / reach;

    if (std::abs(position) >= 1.0)
        return 0.0;

    const auto window = bessel(beta * std::sqrt(1.0 - position * position)) / bessel(beta);
    const auto x = pi * cutoff * offset;
    return window * (std::abs(x) < 1e-12 ? cutoff : cutoff * std::sin(x) / x);
}
} // namespace

Kernel::Kernel(double cutoff) : table(static_cast<size_t>((phases + 1) * taps))
{
    for (int phase = 0; phase <= phases; ++phase)
    {
        auto* row = table.data() + phase * taps;
        double sum = 0.0;

        for (int tap = 0; tap < taps; ++tap)
        {
            const auto offset = tap - (taps / 2 - 1) - static_cast<double>(phase) / phases;
            const auto value = windowedSinc(offset, cutoff);
            sum += value;
            row[tap] = static_cast<float>(value);
        }

        for (int tap = 0; tap < taps; ++tap)
            row[tap] = static_cast<float>(row[tap] / sum); // every phase passes DC alike
    }
}

void Kernel::coefficients(double fraction, std::array<float, taps>& out) const noexcept
{
    const auto phase = fraction * phases;
    const auto index = static_cast<int>(phase);
    const auto mix = static_cast<float>(phase - index);
    const auto* low = table.data() + index * taps;
    const auto* high = low + taps;

    for (int tap = 0; tap < taps; ++tap)
        out[static_cast<size_t>(tap)] = low[tap] + mix * (high[tap] - low[tap]);
}

Interpolator::Interpolator()
{
    kernels.reserve(bands);

    for (int band = 0; band < bands; ++band)
        kernels.emplace_back(std::exp2(-static_cast<double>(band) / bandsPerOctave));
}

const Kernel& Interpolator::forSpeed(double speed) const noexcept
{
    const auto octaves = speed > 1.0 ? std::log2(speed) : 0.0;
    const auto band = static_cast<int>(std::ceil(octaves * bandsPerOctave - 1e-6));
    return kernels[static_cast<size_t>(std::clamp(band, 0, bands - 1))];
}
} // namespace starling
