// AVX-512 VNNI: a panel of 16 rows in one register; what is element by element stays at 256 bits.
#include "samplernn/network.h"

#if defined(__AVX512VNNI__) && defined(__AVX512F__) && defined(__FMA__)
#include "processors/avx2.h"
#include "samplernn/step.h"

namespace starling::samplernn
{
namespace
{
struct WideFloats
{
    using F = __m512;
    static constexpr int width = 16;

    static F load(const float* x) { return _mm512_loadu_ps(x); }
    static void store(float* x, F value) { _mm512_storeu_ps(x, value); }
    static F set(float x) { return _mm512_set1_ps(x); }
    static F add(F x, F y) { return _mm512_add_ps(x, y); }
    static F fma(F x, F y, F z) { return _mm512_fmadd_ps(x, y, z); }
};

struct Avx512Vnni : Avx2
{
    using Wide = WideFloats;
    using I = __m512i;
    using B = __m512i;
    static constexpr int lanes = 16;

    template <int V>
    static constexpr int float_vectors()
    {
        return V <= 3 ? 4 : 2;
    }

    static I zero() { return _mm512_setzero_si512(); }
    static I add_whole(I x, I y) { return _mm512_add_epi32(x, y); }
    static void store_whole(int32_t* x, I value) { _mm512_storeu_si512(x, value); }
    static B load_bytes(const int8_t* x) { return _mm512_load_si512(x); }
    static I spread(const int8_t*, const uint8_t* u)
    {
        int32_t four;
        __builtin_memcpy(&four, u, 4);
        return _mm512_set1_epi32(four);
    }
    static I dot(I sum, B weights, I x) { return _mm512_dpbusd_epi32(sum, x, weights); }
    static I minus_offset(I sum, const int32_t* row_sum)
    {
        const I sums = _mm512_loadu_si512(row_sum);
        return _mm512_sub_epi32(sum, _mm512_mullo_epi32(sums, _mm512_set1_epi32(offset)));
    }
};
} // namespace

const Backend avx512_vnni{"avx512_vnni", &Step<Avx512Vnni>::advance, &read<Avx512Vnni>};
} // namespace starling::samplernn
#else
namespace starling::samplernn
{
const Backend avx512_vnni{"avx512_vnni", nullptr, nullptr};
}
#endif
