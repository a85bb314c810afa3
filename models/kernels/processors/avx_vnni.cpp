// AVX-VNNI: processors with four products of bytes in one instruction, but no AVX-512.
#include "samplernn/network.h"

#if defined(__AVXVNNI__) && defined(__FMA__)
#include "processors/avx2.h"
#include "samplernn/step.h"

namespace starling::samplernn
{
namespace
{
struct AvxVnni : WithOffset
{
    template <bool>
    static I spread(const int8_t*, const uint8_t* u)
    {
        return broadcast(u);
    }
    template <bool>
    static I dot(I sum, B weights, I x)
    {
        return _mm256_dpbusd_avx_epi32(sum, x, weights);
    }
    static I minus_offset(I sum, const int32_t* row_sum)
    {
        const I offsets =
            _mm256_slli_epi32(_mm256_loadu_si256(reinterpret_cast<const I*>(row_sum)), 7);
        return _mm256_sub_epi32(sum, offsets);
    }
};
} // namespace

const Backend avx_vnni{"avx_vnni", &Step<AvxVnni>::advance, &read<AvxVnni>};
} // namespace starling::samplernn
#else
namespace starling::samplernn
{
const Backend avx_vnni{"avx_vnni", nullptr, nullptr};
}
#endif
