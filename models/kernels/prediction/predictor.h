// Backward-adaptive linear prediction; models/samplernn/prediction.py computes the same. Sums are
// of whole numbers and the recursion is in a fixed order: every compiler finds the same bits.
#pragma once

#include "samplernn/memory.h"

#include <array>
#include <cstdint>
#include <vector>

namespace starling::samplernn
{
constexpr int levels = 256;
constexpr int most_order = 1024;
constexpr int fit_window = 4096; // samples that a fit looks at
constexpr int fit_hop = 128;     // samples from one fit to the next
constexpr int miss_memory = 512; // samples whose distances from what was predicted are added up
constexpr int spreads = 20;
constexpr int distances = 2 * levels - 1;

/** The order, 0 for none, and the tables of a quantiser. */
struct Prediction
{
    int order = 0;
    std::array<int32_t, levels> samples{};
    std::array<int16_t, fit_window> window{};
    std::vector<uint8_t> nearest; // (65536): the level of a predicted sample
    std::array<int32_t, spreads - 1> edges{};
};

void fill(Prediction& prediction, int order, const int32_t* samples, const int16_t* window,
          const uint8_t* nearest, const int32_t* edges);

/** What one voice's prediction remembers. */
struct Predictor
{
    int32_t* past = nullptr;         // (2 windows), latest last
    int32_t* coefficients = nullptr; // (order), of the latest sample first
    int16_t* fitted = nullptr;       // (window): room for a fit
    uint8_t* misses = nullptr;       // (memory)
    int64_t count = 0;               // samples taken
    int end = fit_window;            // of what is known in `past`
    int missed = 0;                  // the sum of `misses`
    uint8_t level = 0, spread = 0;   // what is expected
};

/** Room for one, as it begins. Throws std::bad_alloc. */
void make(Predictor& predictor, const Prediction& prediction, Arena& arena);

/** As before the first sample: silence. */
void begin(Predictor& predictor);

/** Find the level and the spread of the next sample. Once a sample. */
void expect(Predictor& predictor, const Prediction& prediction);

/** The level that came. */
void take(Predictor& predictor, const Prediction& prediction, uint8_t level);
} // namespace starling::samplernn
