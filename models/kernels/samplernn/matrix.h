// A packed matrix times the vectors of some voices. A row's sum has one order whatever the number
// of voices: float32 column after column with fused multiply-adds, int8 exactly.
#pragma once

#include "samplernn/arithmetic.h"
#include "samplernn/network.h"

namespace starling::samplernn
{
namespace
{
constexpr int ahead = 1024; // bytes that are fetched before they are needed

template <class P>
inline void note(const Matrix& m, const Scratch& s, int voices)
{
    if (!s.watch)
        return;
    float* most = s.watch + m.watched;
    for (int v = 0; v < voices; ++v)
        for (int k = 0; k < m.columns; ++k)
        {
            const float x = s.from[v][k] < 0 ? -s.from[v][k] : s.from[v][k];
            most[k] = x > most[k] ? x : most[k];
        }
}

/** Rows `row` to `row + Vectors * width` of V voices. */
template <class P, int V, int Vectors>
inline void float_tile(const Matrix& m, const float* const* x, float* const* y, int row)
{
    using W = typename P::Wide;
    const float* w = m.f32 + static_cast<int64_t>(row / align) * align * m.columns + row % align;
    typename W::F sum[V][Vectors];
    for (int v = 0; v < V; ++v)
        for (int i = 0; i < Vectors; ++i)
            sum[v][i] = W::set(0.0f);
    for (int k = 0; k < m.columns; ++k, w += align)
    {
        typename W::F weights[Vectors];
        for (int i = 0; i < Vectors; ++i)
        {
            P::fetch(reinterpret_cast<const char*>(w + i * W::width) + 4 * ahead);
            weights[i] = W::load(w + i * W::width);
        }
        for (int v = 0; v < V; ++v)
        {
            const auto factor = W::set(x[v][k]);
            for (int i = 0; i < Vectors; ++i)
                sum[v][i] = W::fma(weights[i], factor, sum[v][i]);
        }
    }
    for (int v = 0; v < V; ++v)
        for (int i = 0; i < Vectors; ++i)
        {
            const int at = row + i * W::width;
            W::store(y[v] + at, W::add(sum[v][i], W::load(m.bias + at)));
        }
}

template <class P, int V>
inline void float_rows(const Matrix& m, const float* const* x, float* const* y, int group)
{
    constexpr int vectors = P::template float_vectors<V>();
    for (int row = group; row < group + align; row += vectors * P::Wide::width)
        float_tile<P, V, vectors>(m, x, y, row);
}

template <class P>
inline void multiply_float(const Matrix& m, const Scratch& s, int voices)
{
    for (int group = 0; group < m.rows; group += align)
    {
        int v = 0;
        for (; v + 6 <= voices; v += 6)
            float_rows<P, 6>(m, s.from + v, s.to + v, group);
        switch (voices - v)
        {
        case 5:
            float_rows<P, 5>(m, s.from + v, s.to + v, group);
            break;
        case 4:
            float_rows<P, 4>(m, s.from + v, s.to + v, group);
            break;
        case 3:
            float_rows<P, 3>(m, s.from + v, s.to + v, group);
            break;
        case 2:
            float_rows<P, 2>(m, s.from + v, s.to + v, group);
            break;
        case 1:
            float_rows<P, 1>(m, s.from + v, s.to + v, group);
            break;
        default:
            break;
        }
    }
}

/** An activation in int8: x / factor, the largest magnitude at 127, or at 63 with a sign, which an
    offset then takes away. Returns one step of it. */
template <class P, bool Positive>
inline float round_to_bytes(const Matrix& m, const float* x, int8_t* q, uint8_t* u)
{
    auto most = P::set(1e-20f);
    for (int k = 0; k < m.columns; k += P::width)
        most = P::max(most, P::magnitude(P::mul(P::load(x + k), P::load(m.divisor + k))));
    float lanes[P::width];
    P::store(lanes, most);
    const float top = largest<P>(lanes, P::width);
    constexpr float limit = Positive ? 127 : largest_step;
    const auto inverse = P::set(limit / top);
    for (int k = 0; k < m.columns; k += 32)
    {
        typename P::F steps[32 / P::width];
        for (int i = 0; i < 32 / P::width; ++i)
        {
            const int at = k + i * P::width;
            steps[i] = P::mul(P::mul(P::load(x + at), P::load(m.divisor + at)), inverse);
        }
        P::template store_bytes<Positive>(steps, q + k, u + k);
    }
    return top / limit;
}

/** One panel of V voices. */
template <class P, int V, bool Positive>
inline void byte_tile(const Matrix& m, const Scratch& s, int first, int row)
{
    constexpr int unroll = V == 1 ? 4 : V == 2 ? 2 : 1;
    constexpr int parts = panel / P::lanes;
    const int8_t* w = m.i8 + static_cast<int64_t>(row) * m.columns;
    const int8_t* q[V];
    const uint8_t* u8[V];
    for (int v = 0; v < V; ++v)
    {
        q[v] = s.bytes[first + v];
        u8[v] = s.unsigned_bytes[first + v];
    }
    typename P::I sum[unroll][V][parts];
    for (int u = 0; u < unroll; ++u)
        for (int v = 0; v < V; ++v)
            for (int i = 0; i < parts; ++i)
                sum[u][v][i] = P::zero();
    for (int k = 0; k < m.columns; k += 4 * unroll)
    {
#pragma GCC unroll 4
        for (int u = 0; u < unroll; ++u)
        {
            const int8_t* here = w + static_cast<int64_t>(k + 4 * u) * panel;
            P::fetch(reinterpret_cast<const char*>(here) + ahead);
            typename P::B weights[parts];
            for (int i = 0; i < parts; ++i)
                weights[i] = P::load_bytes(here + 4 * P::lanes * i);
#pragma GCC unroll 8
            for (int v = 0; v < V; ++v)
            {
                const auto x = P::spread(q[v] + k + 4 * u, u8[v] + k + 4 * u);
#pragma GCC unroll 8
                for (int i = 0; i < parts; ++i)
                    sum[u][v][i] = P::dot(sum[u][v][i], weights[i], x);
            }
        }
    }
    for (int v = 0; v < V; ++v)
    {
        int32_t whole[panel];
        for (int i = 0; i < parts; ++i)
        {
            auto total = sum[0][v][i];
            for (int u = 1; u < unroll; ++u)
                total = P::add_whole(total, sum[u][v][i]);
            if constexpr (!Positive && P::offset != 0)
                total = P::minus_offset(total, m.row_sum + row + i * P::lanes);
            P::store_whole(whole + i * P::lanes, total);
        }
        const auto step = P::set(s.scales[first + v]);
        for (int i = 0; i < panel; i += P::width)
        {
            const auto scale = P::mul(P::load(m.scale + row + i), step);
            P::store(s.to[first + v] + row + i,
                     P::fma(P::from_whole(whole + i), scale, P::load(m.bias + row + i)));
        }
    }
}

template <class P, bool Positive>
inline void multiply_bytes(const Matrix& m, const Scratch& s, int voices)
{
    for (int v = 0; v < voices; ++v)
        s.scales[v] = round_to_bytes<P, Positive>(m, s.from[v], s.bytes[v], s.unsigned_bytes[v]);
    for (int row = 0; row < m.rows; row += panel)
    {
        int v = 0;
        for (; v + 4 <= voices; v += 4)
            byte_tile<P, 4, Positive>(m, s, v, row);
        for (; v + 2 <= voices; v += 2)
            byte_tile<P, 2, Positive>(m, s, v, row);
        if (v < voices)
            byte_tile<P, 1, Positive>(m, s, v, row);
    }
}

/** The sum of n numbers, over and over: how fast memory can be read. */
template <class P>
inline float read(const float* from, int64_t n, int rounds)
{
    using W = typename P::Wide;
    constexpr int vectors = align / W::width;
    typename W::F sums[vectors];
    for (auto& sum : sums)
        sum = W::set(0.0f);
    for (int round = 0; round < rounds; ++round)
        for (int64_t i = 0; i < n; i += align)
        {
            for (int line = 0; line < align; line += 16)
                P::fetch(reinterpret_cast<const char*>(from + i + line) + 2 * ahead);
            for (int v = 0; v < vectors; ++v)
                sums[v] = W::add(sums[v], W::load(from + i + v * W::width));
        }
    float lanes[align], total = 0.0f;
    for (int v = 0; v < vectors; ++v)
        W::store(lanes + v * W::width, sums[v]);
    for (const float lane : lanes)
        total += lane;
    return total;
}

/** s.to = m s.from + bias, for so many voices. */
template <class P>
inline void multiply(const Matrix& m, const Scratch& s, int voices)
{
    note<P>(m, s, voices);
    if (m.f32)
        multiply_float<P>(m, s, voices);
    else if (m.positive)
        multiply_bytes<P, true>(m, s, voices);
    else
        multiply_bytes<P, false>(m, s, voices);
}
} // namespace
} // namespace starling::samplernn
