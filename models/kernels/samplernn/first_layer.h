// The first layer as a table: row `position * 256 + level` for each of the last samples.
#pragma once

#include "samplernn/network.h"

namespace starling::samplernn
{
namespace
{
/** out = max(0, down + bias + sum of rows), in float32, row after row; bias may be null. */
template <class P>
inline void sum_float_rows(const float* table, const uint8_t* recent, int rows, int width,
                           const float* down, const float* bias, float* out)
{
    constexpr int vectors = 4;
    for (int k = 0; k < width; k += vectors * P::width)
    {
        typename P::F sum[vectors];
        for (int i = 0; i < vectors; ++i)
        {
            sum[i] = P::load(down + k + i * P::width);
            if (bias)
                sum[i] = P::add(sum[i], P::load(bias + k + i * P::width));
        }
        for (int row = 0; row < rows; ++row)
        {
            const float* here =
                table + static_cast<int64_t>(row * levels + recent[row]) * width + k;
            for (int i = 0; i < vectors; ++i)
                sum[i] = P::add(sum[i], P::load(here + i * P::width));
        }
        for (int i = 0; i < vectors; ++i)
            P::store(out + k + i * P::width, P::max(sum[i], P::set(0.0f)));
    }
}

/** The same of int16 rows, which are summed exactly and scaled afterwards. */
template <class P>
inline void sum_short_rows(const int16_t* table, const float* scale, const uint8_t* recent,
                           int rows, int width, const float* down, const float* bias, float* out)
{
    constexpr int many = 32;
    for (int k = 0; k < width; k += many)
    {
        float whole[many];
        P::template add_shorts<many>(table + k, recent, rows, width, whole);
        for (int i = 0; i < many; i += P::width)
        {
            auto above = P::load(down + k + i);
            if (bias)
                above = P::add(above, P::load(bias + k + i));
            const auto sum = P::fma(P::load(whole + i), P::load(scale + k + i), above);
            P::store(out + k + i, P::max(sum, P::set(0.0f)));
        }
    }
}
} // namespace
} // namespace starling::samplernn
