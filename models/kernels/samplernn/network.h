// The packed network and what a voice remembers. Nothing here depends on an instruction set.
#pragma once

#include "prediction/predictor.h"
#include "samplernn/memory.h"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace starling::samplernn
{
constexpr int align = 64;        // widths are padded to multiples of it, with weights of zero
constexpr int largest_step = 63; // of an activation in int8; 127 of one that is never below zero
constexpr int panel = 16;        // rows of int8 that lie together

constexpr int padded(int width)
{
    return (width + align - 1) / align * align;
}

/** A packed matrix. float32: groups of 64 rows, column by column. int8: panels of 16 rows by 4
    columns. */
struct Matrix
{
    int rows = 0, columns = 0; // padded
    int watched = 0;           // its first number in Scratch::watch
    bool positive = false;     // what it is multiplied by is never below zero
    float* f32 = nullptr;
    int8_t* i8 = nullptr;
    float* bias = nullptr;      // a row
    float* scale = nullptr;     // a row: of one step of int8
    int32_t* row_sum = nullptr; // a row: of its int8 weights
    float* divisor = nullptr;   // a column: 1 / factor
};

struct Layer
{
    Matrix input, hidden;
};

struct Tier
{
    int frame = 0; // samples
    int ratio = 0; // positions below
    int width = 0; // of what goes down, padded
    Matrix expand;
    std::vector<Layer> layers;
    Matrix upsample;
    float* position = nullptr; // (ratio, width)
};

struct Shape
{
    std::vector<int> frame_sizes;
    int dim = 0, layers = 0, mlp = 0; // as they are
    bool lstm = false, shared = false, int8 = false;

    int tiers() const { return static_cast<int>(frame_sizes.size()); }
    int gates() const { return lstm ? 4 : 3; }
    int states() const { return lstm ? 2 : 1; }
    int wide() const { return padded(dim); }
    int thin() const { return padded(mlp); }
    int handed_down(int tier) const { return tier ? dim : mlp; }
};

struct Backend;

struct Network
{
    Shape shape;
    const Backend* backend = nullptr;
    Arena arena;
    std::array<float, levels> scaled{};
    std::vector<Tier> tiers; // lowest first
    Prediction prediction;
    float* table_f32 = nullptr;   // (rows, 256, M)
    int16_t* table_i16 = nullptr; // the same
    float* table_scale = nullptr; // (M): of one step of int16
    Matrix hidden, output;
    float* excess = nullptr;   // (spreads, 256): logits by distance from what is predicted
    float* rates = nullptr;    // (spreads): how fast levels get unlikelier, a step
    float* biases = nullptr;   // (256): logits of levels, with prediction
    int watched = 0;           // numbers that Scratch::watch holds
    std::vector<bool> present; // by part, tier and layer

    int lookback() const { return tiers.back().frame; }

    /** Of the first layer's table that a sample takes: the last levels, what was predicted. */
    int rows() const { return tiers.front().ratio + (prediction.order ? 2 : 0); }
};

/** How a voice draws its levels. */
struct Draw
{
    float inverse_temperature = 1.0f;
    double top_p = 1.0;
    float min_p = 0.0f;
};

struct Voice
{
    bool begun = false;
    bool stale = false; // the lowest tier has stepped, but not said what goes down
    uint64_t seed = 0;
    int64_t position = 0; // samples since it began
    int64_t drawn = 0;    // of them those that were drawn: what chance goes by
    Draw draw;
    uint8_t* history = nullptr; // (2 lookback): the last frame of the highest tier, and this one
    float* state = nullptr;     // (tiers, tensors, layers, D)
    float* inputs = nullptr;    // (tiers, D)
    std::vector<float*> down;   // a tier: (ratio or 1, width)
    uint8_t* recent = nullptr;  // (rows): of the table
    Predictor predictor;
};

/** Room to work in: of each array a row for every voice that a batch has. */
struct Scratch
{
    float **x = nullptr, **gates_input = nullptr, **gates_hidden = nullptr;
    float **one = nullptr, **two = nullptr, **logits = nullptr;
    int8_t** bytes = nullptr;           // an activation in int8
    uint8_t** unsigned_bytes = nullptr; // the same as the instruction set wants it
    float* scales = nullptr;            // of one step of it
    const float** from = nullptr;       // where a matrix reads and writes
    float** to = nullptr;
    float* watch = nullptr; // null: nothing is noted
};

struct Batch
{
    const Network* network = nullptr;
    Arena arena;
    std::vector<Voice> voices;
    Scratch scratch;
};

enum class Mode
{
    read,    // given levels, only the tiers step
    score,   // given levels, their cost is computed
    generate // levels are drawn
};

/** One call's work: voices at the same position, and for each a row of levels and costs. */
struct Span
{
    Mode mode = Mode::generate;
    Voice* const* voices = nullptr;
    int count = 0;
    int64_t samples = 0;
    const uint8_t* const* given = nullptr;
    uint8_t* const* made = nullptr;
    float* const* bits = nullptr;
};

/** What an instruction set brings. The functions are null where the compiler could not make them:
    to advance voices, and to add up so many numbers, a multiple of `align`, so many times. */
struct Backend
{
    const char* name;
    void (*advance)(const Network&, Scratch&, const Span&);
    float (*read)(const float*, int64_t, int);
};

extern const Backend avx512_vnni, avx_vnni, avx2, neon, portable;

/** An empty network's tiers and matrices, so that they know their places. */
void lay_out(Network& network);

/** Pack one tensor. Returns a sentence where it does not fit, else nothing. */
std::string pack(Network& network, int part, int tier, int layer, const float* data, int64_t size,
                 const float* factors);

/** Rows of a tensor in blocks that are padded each (gates, positions), and its columns. */
struct Layout
{
    int blocks = 0, rows = 0, columns = 0;
    int64_t size() const { return int64_t{blocks} * rows * columns; }
};

/** The shape in which a part is given. */
Layout layout_of(const Network& network, int part, int tier);

/** The part's name, for sentences. */
const char* name_of(int part);

/** A sentence where there is no such part, or a tensor of so many numbers is none, else nothing. */
std::string misfit(const Network& network, int part, int tier, int layer, int64_t size);

/** Its place in Network::present. */
size_t index_of(const Network& network, int part, int tier, int layer);

/** A sentence that names what has not been packed yet, else nothing. */
std::string missing(const Network& network);

/** The matrix that a part means, or null. */
Matrix* matrix_of(Network& network, int part, int tier, int layer);

/** Where the numbers of a part go that is neither a matrix nor the table. */
float* vector_of(Network& network, int part, int tier, int layer);
} // namespace starling::samplernn
