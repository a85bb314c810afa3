// What AVX2 and FMA bring: the policy of avx2.cpp, and the base of those with VNNI.
#pragma once

#include "samplernn/network.h"

#include <immintrin.h>

namespace starling::samplernn
{
namespace
{
struct Avx2
{
    using F = __m256;
    using I = __m256i;
    using B = __m256i;
    using Wide = Avx2; // for products of float32
    static constexpr int width = 8, lanes = 8, offset = largest_step + 1;

    static F load(const float* x) { return _mm256_loadu_ps(x); }
    static void store(float* x, F value) { _mm256_storeu_ps(x, value); }
    static F set(float x) { return _mm256_set1_ps(x); }
    static F add(F x, F y) { return _mm256_add_ps(x, y); }
    static F sub(F x, F y) { return _mm256_sub_ps(x, y); }
    static F mul(F x, F y) { return _mm256_mul_ps(x, y); }
    static F div(F x, F y) { return _mm256_div_ps(x, y); }
    static F fma(F x, F y, F z) { return _mm256_fmadd_ps(x, y, z); }
    static F min(F x, F y) { return _mm256_min_ps(x, y); }
    static F max(F x, F y) { return _mm256_max_ps(x, y); }
    static F magnitude(F x) { return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), x); }
    static void fetch(const char* x) { _mm_prefetch(x, _MM_HINT_T0); }

    /** 2^n of magic + n. */
    static F power_of_two(F x)
    {
        const I n = _mm256_slli_epi32(_mm256_castps_si256(x), 23);
        return _mm256_castsi256_ps(_mm256_add_epi32(n, _mm256_set1_epi32(0x3f800000)));
    }

    template <int V>
    static constexpr int float_vectors()
    {
        return V == 1 ? 8 : V == 2 ? 4 : 2;
    }

    static I zero() { return _mm256_setzero_si256(); }
    static I add_whole(I x, I y) { return _mm256_add_epi32(x, y); }
    static void store_whole(int32_t* x, I value)
    {
        _mm256_storeu_si256(reinterpret_cast<I*>(x), value);
    }
    static F from_whole(const int32_t* x)
    {
        return _mm256_cvtepi32_ps(_mm256_loadu_si256(reinterpret_cast<const I*>(x)));
    }
    static B load_bytes(const int8_t* x)
    {
        return _mm256_load_si256(reinterpret_cast<const I*>(x));
    }
    static I broadcast(const void* x)
    {
        int32_t four;
        __builtin_memcpy(&four, x, 4);
        return _mm256_set1_epi32(four);
    }

    static I packed(const F* steps)
    {
        const I low =
            _mm256_packs_epi32(_mm256_cvtps_epi32(steps[0]), _mm256_cvtps_epi32(steps[1]));
        const I high =
            _mm256_packs_epi32(_mm256_cvtps_epi32(steps[2]), _mm256_cvtps_epi32(steps[3]));
        return _mm256_permutevar8x32_epi32(_mm256_packs_epi16(low, high),
                                           _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
    }
    static void store_vector(void* x, I value) { _mm256_storeu_si256(static_cast<I*>(x), value); }

    /** An activation as unsigned bytes: maddubs and VNNI multiply unsigned by signed. */
    template <bool Positive>
    static void store_bytes(const F* steps, int8_t*, uint8_t* u)
    {
        const I whole = packed(steps);
        store_vector(u, Positive ? whole : _mm256_add_epi8(whole, _mm256_set1_epi8(offset)));
    }
    static I spread(const int8_t*, const uint8_t* u) { return broadcast(u); }

    /** No pair of products saturates: neither factor exceeds 127. */
    static I dot(I sum, B weights, I x)
    {
        const I pairs = _mm256_maddubs_epi16(x, weights);
        return _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
    }

    /** What the offset added to the sums of rows, taken away. */
    static I minus_offset(I sum, const int32_t* row_sum)
    {
        const I sums = _mm256_loadu_si256(reinterpret_cast<const I*>(row_sum));
        return _mm256_sub_epi32(sum, _mm256_mullo_epi32(sums, _mm256_set1_epi32(offset)));
    }

    /** The sum of a row of int16 for each of `rows` samples, as floats. */
    template <int Many>
    static void add_shorts(const int16_t* table, const uint8_t* recent, int rows, int row_width,
                           float* out)
    {
        I sum[Many / 16];
        for (auto& each : sum)
            each = zero();
        for (int row = 0; row < rows; ++row)
        {
            const int16_t* x = table + static_cast<int64_t>(row * levels + recent[row]) * row_width;
            for (int i = 0; i < Many / 16; ++i)
                sum[i] = _mm256_add_epi16(
                    sum[i], _mm256_load_si256(reinterpret_cast<const I*>(x + 16 * i)));
        }
        for (int i = 0; i < Many / 16; ++i)
        {
            store(out + 16 * i, from_short(_mm256_castsi256_si128(sum[i])));
            store(out + 16 * i + 8, from_short(_mm256_extracti128_si256(sum[i], 1)));
        }
    }
    static F from_short(__m128i x) { return _mm256_cvtepi32_ps(_mm256_cvtepi16_epi32(x)); }
};
} // namespace
} // namespace starling::samplernn
