#include "prediction/predictor.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>

namespace starling::samplernn
{
namespace
{
constexpr int sample_bits = 20, window_bits = 15, fit_bits = 11, index_bits = 15;
constexpr int exact = 256; // products of fitted samples whose sum surely fits into 32 bits
constexpr double white = 1e-5;
constexpr double most_coefficient = 2147483647.0;

/** The last samples under the window, in `fit_bits` bits. Returns how many bits were left out. */
int windowed(const int32_t* past, const int16_t* window, int16_t* found)
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
    return shift;
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

/** What a slow mean's next value counts: a part of all after the first few so far, then of the last
    `slow_fits` or so; while a voice plays on from what it has heard, less. */
double counts(const Predictor& p, int64_t values)
{
    const bool plays = p.heard < p.count && p.heard > settling * fit_hop;
    const auto over = std::clamp<int64_t>(values - settling, 1, slow_fits);
    return 1.0 / static_cast<double>(plays ? held_fits : over);
}

void fit(Predictor& p, const Prediction& prediction)
{
    const int order = prediction.order;
    const double part = counts(p, p.count / fit_hop + 1);
    const int shift = windowed(p.past + p.end - fit_window, prediction.window.data(), p.fitted);
    double r[most_order + 1], found[most_order] = {};
    for (int lag = 0; lag <= order; ++lag)
    {
        r[lag] = std::ldexp(correlation(p.fitted, lag), 2 * shift);
        p.slow[lag] += (r[lag] - p.slow[lag]) * part;
        r[lag] += p.slow[lag];
    }
    std::fill_n(p.coefficients, order, 0);
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
    for (int level = 0; level < levels; ++level)
    {
        const int below = std::max(level - 1, 0), above = std::min(level + 1, levels - 1);
        const double apart = double(samples[above]) - double(samples[below]);
        const auto at = static_cast<size_t>(level);
        prediction.steps[at] = 2.0 * apart / (above - below);
        prediction.places[at] = static_cast<float>(samples[level]);
        prediction.inverse_steps[at] = static_cast<float>(2.0 / prediction.steps[at]);
    }
}

void make(Predictor& p, const Prediction& prediction, Arena& arena)
{
    p.past = arena.take<int32_t>(2 * fit_window);
    p.coefficients = arena.take<int32_t>(prediction.order);
    p.fitted = arena.take<int16_t>(fit_window);
    p.slow = arena.take<double>(prediction.order + 1);
    p.misses = arena.take<int32_t>(miss_memory);
    begin(p, prediction);
}

void begin(Predictor& p, const Prediction& prediction)
{
    std::fill_n(p.past, fit_window, 0);
    std::fill_n(p.slow, prediction.order + 1, 0.0);
    std::fill_n(p.misses, miss_memory, 0);
    p.end = fit_window;
    p.missed = p.lately = p.count = p.heard = 0;
    p.missed_slowly = 0.0;
}

void expect(Predictor& p, const Prediction& prediction)
{
    if (p.count % fit_hop == 0)
    {
        if (p.count)
            p.missed_slowly +=
                (static_cast<double>(p.lately) - p.missed_slowly) * counts(p, p.count / fit_hop);
        p.lately = 0;
        fit(p, prediction);
    }
    const int32_t* latest = p.past + p.end - 1;
    int64_t sum = 0;
    for (int i = 0; i < prediction.order; ++i)
        sum += int64_t{p.coefficients[i]} * latest[-i];
    const int64_t most = 1 << sample_bits;
    p.expected = static_cast<int32_t>(std::clamp(sum >> sample_bits, -most, most - 1));
    const int index = (p.expected >> (sample_bits - index_bits)) + (1 << index_bits);
    p.level = prediction.nearest[static_cast<size_t>(index)];
    const double steps = prediction.steps[p.level];
    const double apart = double(p.expected) - double(prediction.samples[p.level]);
    p.offset =
        static_cast<uint8_t>(std::clamp(std::floor(apart * 512.0 / steps), -128.0, 127.0) + 128.0);
    // half of what was missed lately, half of what has been missed all along, in levels there
    const double missed = static_cast<double>(p.missed) + p.missed_slowly * (miss_memory / fit_hop);
    const auto& edges = prediction.edges;
    const double off = missed / steps;
    p.spread =
        static_cast<uint8_t>(std::upper_bound(edges.begin(), edges.end(), off) - edges.begin());
}

void spread_out(const Predictor& p, const Prediction& prediction, const float* excess, float rate,
                const float* biases, float* logits)
{
    float shape[levels];
    for (int bin = 0; bin < levels; ++bin)
        shape[bin] = logits[bin] + excess[bin];
    const auto middle = static_cast<float>(prediction.samples[p.level] +
                                           (p.offset - 128) * (prediction.steps[p.level] / 512.0));
    const float inverse_step = prediction.inverse_steps[p.level], fall = rate * inverse_step;
    for (int level = 0; level < levels; ++level)
    {
        const float away = std::fabs(prediction.places[static_cast<size_t>(level)] - middle);
        const float from_one = 1.0f + away * inverse_step;
        uint32_t bits = 0;
        std::memcpy(&bits, &from_one, sizeof bits);
        const uint32_t bin = (bits >> (23 - bin_bits)) - (127u << bin_bits);
        const float fallen = std::max(away * -fall, -farthest);
        logits[level] = fallen + shape[std::min<uint32_t>(bin, levels - 1)] + biases[level];
    }
}

void take(Predictor& p, const Prediction& prediction, uint8_t level, bool drawn)
{
    const int32_t sample = prediction.samples[level];
    int32_t& miss = p.misses[p.count % miss_memory];
    p.missed -= miss;
    miss = std::abs(sample - p.expected);
    p.missed += miss;
    p.lately += miss;
    if (p.end == 2 * fit_window)
    {
        std::copy_n(p.past + fit_window, fit_window, p.past);
        p.end = fit_window;
    }
    p.past[p.end++] = sample;
    ++p.count;
    p.heard += !drawn;
}
} // namespace starling::samplernn
