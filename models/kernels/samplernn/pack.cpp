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

} // namespace

std::string pack(Network& net, int part, int tier, int layer, const float* data, int64_t size,
                 const float* factors)
{
    if (auto sentence = misfit(net, part, tier, layer, size); !sentence.empty())
        return sentence;
    const Layout from = layout_of(net, part, tier);
    for (int k = 0; factors && k < from.columns; ++k)
        if (!(factors[k] > 0.0f) || !std::isfinite(factors[k]))
            return std::string("the factors of ") + name_of(part) + " must be above zero, got " +
                   std::to_string(factors[k]);
    for (int64_t i = 0; i < size; ++i)
        if (!std::isfinite(data[i]))
            return std::string(name_of(part)) + " holds numbers that are not finite";
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
} // namespace starling::samplernn
