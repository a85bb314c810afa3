#include "prediction/predictor.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace starling::samplernn
{
namespace
{
constexpr int sample_bits = 20, window_bits = 15, fit_bits = 11, index_bits = 15;
constexpr int exact = 256; // products of fitted samples whose sum surely fits into 32 bits
constexpr double white = 1e-5;
constexpr double most_coefficient = 2147483647.0;

/** The last samples under the window, in `fit_bits` bits. Returns whether there is any sound. */
bool windowed(const int32_t* past, const int16_t* window, int16_t* found)
{
    int32_t wide[fit_window], most = 0;
    for (int i = 0; i < fit_window; ++i)
    {
        wide[i] = static_cast<int32_t>((int64_t{past[i]} * window[i]) >> window_bits);
        most = std::max(most, std::abs(wide[i]));
    }
    int shift = 0;
    while (most >> shift >= 1 << fit_bits)
        ++shift;
    for (int i = 0; i < fit_window; ++i)
        found[i] = static_cast<int16_t>(wide[i] >> shift);
    return most > 0;
}

double correlation(const int16_t* x, int lag)
{
    int64_t sum = 0;
    for (int at = lag; at < fit_window; at += exact)
    {
        const int stop = std::min(at + exact, fit_window);
        int32_t part = 0;
        for (int i = at; i < stop; ++i)
            part += int32_t{x[i]} * x[i - lag];
        sum += part;
    }
    return static_cast<double>(sum);
}

/** Levinson-Durbin; it ends where a step is not stable. */
void levinson(const double* r, int order, double* fitted)
{
    double error = r[0] * (1.0 + white), before[most_order];
    for (int step = 0; step < order; ++step)
    {
        double rest = r[step + 1];
        for (int i = 0; i < step; ++i)
            rest -= fitted[i] * r[step - i];
        const double reflection = rest / error;
        if (!(std::fabs(reflection) < 1.0))
            return;
        std::copy_n(fitted, step, before);
        for (int i = 0; i < step; ++i)
            fitted[i] = before[i] - reflection * before[step - 1 - i];
        fitted[step] = reflection;
        error *= 1.0 - reflection * reflection;
    }
}

void fit(Predictor& p, const Prediction& prediction)
{
    const int order = prediction.order;
    std::fill_n(p.coefficients, order, 0);
    if (!windowed(p.past + p.end - fit_window, prediction.window.data(), p.fitted))
        return;
    double r[most_order + 1], found[most_order] = {};
    for (int lag = 0; lag <= order; ++lag)
        r[lag] = correlation(p.fitted, lag);
    if (!(r[0] > 0.0))
        return;
    levinson(r, order, found);
    for (int i = 0; i < order; ++i)
    {
        const double whole = std::nearbyint(found[i] * (1 << sample_bits));
        p.coefficients[i] =
            static_cast<int32_t>(std::clamp(whole, -most_coefficient, most_coefficient));
    }
}
} // namespace

void fill(Prediction& prediction, int order, const int32_t* samples, const int16_t* window,
          const uint8_t* nearest, const int32_t* edges)
{
    prediction.order = order;
    std::copy_n(samples, prediction.samples.size(), prediction.samples.begin());
    std::copy_n(window, prediction.window.size(), prediction.window.begin());
    prediction.nearest.assign(nearest, nearest + (2 << index_bits));
    std::copy_n(edges, prediction.edges.size(), prediction.edges.begin());
}

void make(Predictor& p, const Prediction& prediction, Arena& arena)
{
    p.past = arena.take<int32_t>(2 * fit_window);
    p.coefficients = arena.take<int32_t>(prediction.order);
    p.fitted = arena.take<int16_t>(fit_window);
    p.misses = arena.take<uint8_t>(miss_memory);
    begin(p);
}

void begin(Predictor& p)
{
    std::fill_n(p.past, fit_window, 0);
    std::fill_n(p.misses, miss_memory, uint8_t{0});
    p.end = fit_window;
    p.missed = 0;
    p.count = 0;
}

void expect(Predictor& p, const Prediction& prediction)
{
    if (p.count % fit_hop == 0)
        fit(p, prediction);
    const int32_t* latest = p.past + p.end - 1;
    int64_t sum = 0;
    for (int i = 0; i < prediction.order; ++i)
        sum += int64_t{p.coefficients[i]} * latest[-i];
    const int64_t index = (sum >> (2 * sample_bits - index_bits)) + (1 << index_bits);
    const int64_t last = (2 << index_bits) - 1;
    p.level = prediction.nearest[static_cast<size_t>(std::clamp<int64_t>(index, 0, last))];
    const auto& edges = prediction.edges;
    p.spread = static_cast<uint8_t>(std::upper_bound(edges.begin(), edges.end(), p.missed) -
                                    edges.begin());
}

void take(Predictor& p, const Prediction& prediction, uint8_t level)
{
    uint8_t& miss = p.misses[p.count % miss_memory];
    p.missed -= miss;
    miss = static_cast<uint8_t>(std::abs(int{level} - p.level));
    p.missed += miss;
    if (p.end == 2 * fit_window)
    {
        std::copy_n(p.past + fit_window, fit_window, p.past);
        p.end = fit_window;
    }
    p.past[p.end++] = prediction.samples[level];
    ++p.count;
}
} // namespace starling::samplernn
