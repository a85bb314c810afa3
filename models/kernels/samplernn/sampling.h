// Chance and choice: which level comes next; models/samplernn/sampling.py computes the same.
#pragma once

#include "samplernn/arithmetic.h"
#include "samplernn/network.h"

#include <cmath>
#include <cstdint>
#include <cstring>

namespace starling::samplernn
{
namespace
{
constexpr uint64_t gamma = 0x9E3779B97F4A7C15ull;

/** SplitMix64's finaliser (Steele, Lea and Flood, 2014). */
inline uint64_t mixed(uint64_t value)
{
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9ull;
    value = (value ^ (value >> 27)) * 0x94D049BB133111EBull;
    return value ^ (value >> 31);
}

/** A number of [0, 1) that belongs to a seed and a position. */
inline float uniform(uint64_t seed, int64_t position)
{
    const uint64_t start = mixed(seed + gamma);
    const uint64_t bits = mixed(start + (static_cast<uint64_t>(position) + 1) * gamma);
    return static_cast<float>(bits >> 40) * (1.0f / 16777216.0f);
}

/** The sum of those weights of which the bits, read as a whole number, are at least so many. */
inline double sum_from(const float* weights, uint32_t bits)
{
    float least;
    std::memcpy(&least, &bits, sizeof least);
    double sum = 0.0;
    for (int i = 0; i < levels; ++i)
        sum += weights[i] >= least ? weights[i] : 0.0f;
    return sum;
}

/** The smallest of the fewest largest weights that together have this share of all. Floats above
    zero are in the order of their bits, so these are halved until one number is left. */
inline float least(const float* weights, double share)
{
    const double target = share * sum_from(weights, 0);
    uint32_t enough = 0, few = 0x3f800001; // one above the bits of 1
    while (few - enough > 1)
    {
        const uint32_t middle = enough + (few - enough) / 2;
        (sum_from(weights, middle) >= target ? enough : few) = middle;
    }
    float found;
    std::memcpy(&found, &enough, sizeof found);
    return found;
}

/** Unnormalised probabilities under logits: the largest is 1. */
template <class P>
inline void weigh(const float* logits, float inverse_temperature, float* weights)
{
    const auto factor = P::set(inverse_temperature);
    for (int i = 0; i < levels; i += P::width)
        P::store(weights + i, P::mul(P::load(logits + i), factor));
    const auto most = P::set(largest<P>(weights, levels));
    for (int i = 0; i < levels; i += P::width)
        P::store(weights + i, exponential<P>(P::sub(P::load(weights + i), most)));
}

inline double sum_of(const float* weights, int count)
{
    double even = 0.0, odd = 0.0;
    for (int i = 0; i < count; i += 2)
    {
        even += weights[i];
        odd += weights[i + 1];
    }
    return even + odd;
}

/** The level that a chance of [0, 1) means. Weights are float32, their sums float64. */
template <class P>
inline uint8_t choose(const float* logits, const Draw& draw, float chance)
{
    constexpr int part = 16; // levels that are summed apart
    float weights[levels];
    weigh<P>(logits, draw.inverse_temperature, weights);
    float limit = draw.min_p;
    if (draw.top_p < 1.0)
    {
        for (float& each : weights)
            each = each < draw.min_p ? 0.0f : each;
        limit = least(weights, draw.top_p);
    }
    if (limit > 0.0f)
        for (float& each : weights)
            each = each < limit ? 0.0f : each;
    double sums[levels / part], total = 0.0;
    for (int i = 0; i < levels / part; ++i)
        total += sums[i] = sum_of(weights + i * part, part);
    const double target = static_cast<double>(chance) * total;
    double sum = 0.0;
    int level = 0;
    for (int i = 0; i < levels / part - 1 && sum + sums[i] <= target; ++i, level += part)
        sum += sums[i];
    while (level < levels - 1 && (sum += weights[level]) <= target)
        ++level;
    return static_cast<uint8_t>(level);
}

/** -log2 of a level's probability. */
template <class P>
inline float cost(const float* logits, uint8_t level)
{
    float weights[levels];
    weigh<P>(logits, 1.0f, weights);
    const double below = static_cast<double>(logits[level]) - largest<P>(logits, levels);
    return static_cast<float>(std::log2(sum_of(weights, levels)) - below / std::log(2.0));
}
} // namespace
} // namespace starling::samplernn
