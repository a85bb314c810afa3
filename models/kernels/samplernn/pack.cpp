// Tensors into the order in which they are read.
#include "samplernn/interface.h"
#include "samplernn/network.h"

#include <algorithm>
#include <cmath>

namespace starling::samplernn
{
namespace
{
constexpr float largest_byte = 127.0f;
constexpr float largest_short = 32767.0f;

const char* const part_names[SAMPLERNN_PARTS] = {
    "expand",   "input", "input bias", "hidden",          "hidden bias", "upsample",
    "position", "table", "mlp hidden", "mlp hidden bias", "mlp output",  "mlp output bias"};

/** Rows of a tensor in blocks that are padded each (gates, positions), and its columns. */
struct Layout
{
    int blocks = 0, rows = 0, columns = 0;
    int64_t size() const { return int64_t{blocks} * rows * columns; }
};

bool of_a_layer(int part)
{
    return part >= SAMPLERNN_INPUT && part <= SAMPLERNN_HIDDEN_BIAS;
}
bool of_a_tier(int part)
{
    return part <= SAMPLERNN_POSITION;
}

Layout layout_of(const Network& net, int part, int tier)
{
    const Shape& shape = net.shape;
    const int gates = shape.gates(), dim = shape.dim, mlp = shape.mlp;
    const Tier& its = net.tiers[of_a_tier(part) ? tier : 0];
    const int down = shape.handed_down(of_a_tier(part) ? tier : 0);
    switch (part)
    {
    case SAMPLERNN_EXPAND:
        return {1, dim, its.frame};
    case SAMPLERNN_INPUT:
    case SAMPLERNN_HIDDEN:
        return {gates, dim, dim};
    case SAMPLERNN_INPUT_BIAS:
    case SAMPLERNN_HIDDEN_BIAS:
        return {gates, dim, 1};
    case SAMPLERNN_UPSAMPLE:
        return {shape.shared ? 1 : its.ratio, down, dim};
    case SAMPLERNN_POSITION:
        return {its.ratio, down, 1};
    case SAMPLERNN_TABLE:
        return {its.ratio * levels, mlp, 1};
    case SAMPLERNN_MLP_HIDDEN:
        return {1, mlp, mlp};
    case SAMPLERNN_MLP_HIDDEN_BIAS:
        return {1, mlp, 1};
    case SAMPLERNN_MLP_OUTPUT:
        return {1, levels, mlp};
    default:
        return {1, levels, 1};
    }
}

/** A vector with its blocks padded. */
void copy_blocks(const Layout& from, const float* data, float* to)
{
    for (int block = 0; block < from.blocks; ++block)
        std::copy_n(data + int64_t{block} * from.rows, from.rows,
                    to + int64_t{block} * padded(from.rows));
}

/** Where a matrix's number lies in float32. */
int64_t place_f32(const Matrix& m, int row, int column)
{
    return (int64_t{row / align} * m.columns + column) * align + row % align;
}

int64_t place_i8(const Matrix& m, int row, int column)
{
    return int64_t{row / panel} * panel * m.columns + int64_t{column / 4} * 4 * panel +
           row % panel * 4 + column % 4;
}

void round_row(Matrix& m, int row, const float* data, int columns, const float* factors)
{
    float most = 0.0f;
    for (int k = 0; k < columns; ++k)
        most = std::max(most, std::fabs(data[k] * (factors ? factors[k] : 1.0f)));
    const float step = most > 0.0f ? most / largest_byte : 1.0f;
    m.scale[row] = step;
    for (int k = 0; k < columns; ++k)
    {
        const float steps = data[k] * (factors ? factors[k] : 1.0f) / step;
        const int whole = static_cast<int>(std::lrint(std::clamp(steps, -127.0f, 127.0f)));
        m.i8[place_i8(m, row, k)] = static_cast<int8_t>(whole);
        m.row_sum[row] += whole;
    }
}

void pack_matrix(Network& net, Matrix& m, const Layout& from, const float* data,
                 const float* factors)
{
    const int64_t size = int64_t{m.rows} * m.columns;
    const bool bytes = net.shape.int8 && m.divisor;
    if (bytes && !m.i8)
    {
        m.i8 = net.arena.take<int8_t>(size);
        m.scale = net.arena.take<float>(m.rows);
        m.row_sum = net.arena.take<int32_t>(m.rows);
    }
    else if (!bytes && !m.f32)
        m.f32 = net.arena.take<float>(size);
    if (bytes)
    {
        std::fill_n(m.row_sum, m.rows, 0);
        for (int k = 0; factors && k < from.columns; ++k)
            m.divisor[k] = 1.0f / factors[k];
    }
    for (int block = 0; block < from.blocks; ++block)
        for (int i = 0; i < from.rows; ++i)
        {
            const float* source = data + (int64_t{block} * from.rows + i) * from.columns;
            const int row = block * padded(from.rows) + i;
            if (bytes)
                round_row(m, row, source, from.columns, factors);
            else
                for (int k = 0; k < from.columns; ++k)
                    m.f32[place_f32(m, row, k)] = source[k];
        }
}

/** int16 with a scale a column, so that no sum of a row for each sample overflows. */
void pack_table(Network& net, const Layout& from, const float* data)
{
    const int width = net.shape.thin(), mlp = net.shape.mlp, frame = from.blocks / levels;
    const int64_t size = int64_t{from.blocks} * width;
    if (!net.shape.int8)
    {
        net.table_f32 = net.table_f32 ? net.table_f32 : net.arena.take<float>(size);
        copy_blocks(from, data, net.table_f32);
        return;
    }
    net.table_i16 = net.table_i16 ? net.table_i16 : net.arena.take<int16_t>(size);
    net.table_scale = net.table_scale ? net.table_scale : net.arena.take<float>(width);
    for (int k = 0; k < mlp; ++k)
    {
        float sum = 0.0f;
        for (int row = 0; row < frame; ++row)
        {
            float most = 0.0f;
            for (int level = 0; level < levels; ++level)
                most = std::max(most, std::fabs(data[(int64_t{row} * levels + level) * mlp + k]));
            sum += most;
        }
        const float step = sum > 0.0f ? sum / (largest_short - frame) : 1.0f;
        net.table_scale[k] = step;
        for (int64_t row = 0; row < from.blocks; ++row)
            net.table_i16[row * width + k] =
                static_cast<int16_t>(std::lrint(data[row * mlp + k] / step));
    }
}

float* vector_of(Network& net, int part, int tier, int layer)
{
    switch (part)
    {
    case SAMPLERNN_INPUT_BIAS:
        return net.tiers[tier].layers[layer].input.bias;
    case SAMPLERNN_HIDDEN_BIAS:
        return net.tiers[tier].layers[layer].hidden.bias;
    case SAMPLERNN_POSITION:
        return net.tiers[tier].position;
    case SAMPLERNN_MLP_HIDDEN_BIAS:
        return net.hidden.bias;
    default:
        return net.output.bias;
    }
}

size_t index_of(const Network& net, int part, int tier, int layer)
{
    return static_cast<size_t>((part * net.shape.tiers() + tier) * net.shape.layers + layer);
}

void place(Network& net, Matrix& m, int rows, int columns, bool rounded)
{
    m.rows = rows;
    m.columns = columns;
    m.bias = net.arena.take<float>(rows);
    m.watched = net.watched;
    if (!rounded)
        return;
    net.watched += columns;
    m.divisor = net.arena.take<float>(columns);
    std::fill_n(m.divisor, columns, 1.0f);
}

void place_tier(Network& net, int at)
{
    const Shape& shape = net.shape;
    const int wide = shape.wide();
    Tier& tier = net.tiers[at];
    tier.ratio = shape.frame_sizes[at];
    tier.frame = tier.ratio * (at ? net.tiers[at - 1].frame : 1);
    tier.width = padded(shape.handed_down(at));
    place(net, tier.expand, wide, tier.frame, false);
    tier.layers.resize(shape.layers);
    for (Layer& layer : tier.layers)
    {
        place(net, layer.input, shape.gates() * wide, wide, true);
        place(net, layer.hidden, shape.gates() * wide, wide, true);
    }
    place(net, tier.upsample, tier.width * (shape.shared ? 1 : tier.ratio), wide, true);
    tier.position = net.arena.take<float>(size_t(tier.ratio) * tier.width);
}

std::string problem(const Network& net, int part, int tier, int layer, int64_t size)
{
    if (part < 0 || part >= SAMPLERNN_PARTS)
        return "part must be 0 to " + std::to_string(SAMPLERNN_PARTS - 1) + ", got " +
               std::to_string(part);
    if (tier < 0 || tier >= (of_a_tier(part) ? net.shape.tiers() : 1))
        return std::string(part_names[part]) + " has no tier " + std::to_string(tier);
    if (layer < 0 || layer >= (of_a_layer(part) ? net.shape.layers : 1))
        return std::string(part_names[part]) + " has no layer " + std::to_string(layer);
    const int64_t wanted = layout_of(net, part, tier).size();
    if (size != wanted)
        return std::string(part_names[part]) + " must have " + std::to_string(wanted) +
               " numbers, got " + std::to_string(size);
    return {};
}
} // namespace

void lay_out(Network& net)
{
    const Shape& shape = net.shape;
    net.tiers.resize(shape.tiers());
    for (int at = 0; at < shape.tiers(); ++at)
        place_tier(net, at);
    place(net, net.hidden, shape.thin(), shape.thin(), true);
    place(net, net.output, levels, shape.thin(), true);
    net.hidden.positive = net.output.positive = true;
    net.present.resize(index_of(net, SAMPLERNN_PARTS, 0, 0));
}

Matrix* matrix_of(Network& net, int part, int tier, int layer)
{
    switch (part)
    {
    case SAMPLERNN_EXPAND:
        return &net.tiers[tier].expand;
    case SAMPLERNN_INPUT:
        return &net.tiers[tier].layers[layer].input;
    case SAMPLERNN_HIDDEN:
        return &net.tiers[tier].layers[layer].hidden;
    case SAMPLERNN_UPSAMPLE:
        return &net.tiers[tier].upsample;
    case SAMPLERNN_MLP_HIDDEN:
        return &net.hidden;
    case SAMPLERNN_MLP_OUTPUT:
        return &net.output;
    default:
        return nullptr;
    }
}

std::string pack(Network& net, int part, int tier, int layer, const float* data, int64_t size,
                 const float* factors)
{
    if (auto sentence = problem(net, part, tier, layer, size); !sentence.empty())
        return sentence;
    const Layout from = layout_of(net, part, tier);
    for (int k = 0; factors && k < from.columns; ++k)
        if (!(factors[k] > 0.0f) || !std::isfinite(factors[k]))
            return std::string("the factors of ") + part_names[part] + " must be above zero, got " +
                   std::to_string(factors[k]);
    for (int64_t i = 0; i < size; ++i)
        if (!std::isfinite(data[i]))
            return std::string(part_names[part]) + " holds numbers that are not finite";
    if (Matrix* matrix = matrix_of(net, part, tier, layer))
        pack_matrix(net, *matrix, from, data, factors);
    else if (part == SAMPLERNN_TABLE)
        pack_table(net, from, data);
    else
        copy_blocks(from, data, vector_of(net, part, tier, layer));
    if (part == SAMPLERNN_POSITION && !net.shape.shared)
        copy_blocks(from, data, net.tiers[tier].upsample.bias);
    net.present[index_of(net, part, tier, layer)] = true;
    return {};
}

std::string missing(const Network& net)
{
    for (int part = 0; part < SAMPLERNN_PARTS; ++part)
        for (int tier = 0; tier < (of_a_tier(part) ? net.shape.tiers() : 1); ++tier)
            for (int layer = 0; layer < (of_a_layer(part) ? net.shape.layers : 1); ++layer)
                if (!net.present[index_of(net, part, tier, layer)])
                    return std::string("the network lacks ") + part_names[part] + " of tier " +
                           std::to_string(tier) + ", layer " + std::to_string(layer);
    return {};
}
} // namespace starling::samplernn
