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
constexpr int slow_fits = 2048;  // of the slow means: 16 s at 16 kHz
constexpr int held_fits = 16384; // the same while a voice plays on from what it has heard: 2 min
constexpr int settling = 16;     // fits that they leave out: half a window is silence
constexpr int miss_memory = 512; // samples whose distances from what was predicted are added up
constexpr int spreads = 26;
constexpr int bin_bits = 4;       // 16 bins of distances an octave
constexpr float farthest = 24.0f; // logits that distance alone takes away, at most

/** The order, 0 for none, and the tables of a quantiser. */
struct Prediction
{
    int order = 0;
    std::array<int32_t, levels> samples{};
    std::array<int16_t, fit_window> window{};
    std::vector<uint8_t> nearest; // (65536): the level of a predicted sample
    std::array<int32_t, spreads - 1> edges{};
    std::array<double, levels> steps{};                  // twice a level's distance from the next
    std::array<float, levels> places{}, inverse_steps{}; // of the samples and of a step
};

void fill(Prediction& prediction, int order, const int32_t* samples, const int16_t* window,
          const uint8_t* nearest, const int32_t* edges);

/** What one voice's prediction remembers. */
struct Predictor
{
    int32_t* past = nullptr;         // (2 windows), latest last
    int32_t* coefficients = nullptr; // (order), of the latest sample first
    int16_t* fitted = nullptr;       // (window): room for a fit
    double* slow = nullptr;          // (order + 1): the slow mean of the autocorrelation
    int32_t* misses = nullptr;       // (memory)
    int64_t count = 0;               // samples taken
    int64_t heard = 0;               // of them those that were given, not drawn
    int64_t missed = 0;              // the sum of `misses`
    int64_t lately = 0;              // the misses of this hop
    double missed_slowly = 0.0;      // the slow mean of a hop's
    int end = fit_window;            // of what is known in `past`
    int32_t expected = 0;            // the sample that is expected
    uint8_t level = 0, spread = 0;   // what is expected
    uint8_t offset = 0;              // from the level's sample, in 256ths of a step; middle 128
};

/** Room for one, as it begins. Throws std::bad_alloc. */
void make(Predictor& predictor, const Prediction& prediction, Arena& arena);

/** As before the first sample: silence. */
void begin(Predictor& predictor, const Prediction& prediction);

/** Find the level and the spread of the next sample. Once a sample. */
void expect(Predictor& predictor, const Prediction& prediction);

/** Logits of levels, from those of their distances (256) from the predicted sample, by bin. */
void spread_out(const Predictor& predictor, const Prediction& prediction, const float* excess,
                float rate, const float* biases, float* logits);

/** The level that came: one that was given, or drawn. */
void take(Predictor& predictor, const Prediction& prediction, uint8_t level, bool drawn = false);
} // namespace starling::samplernn
