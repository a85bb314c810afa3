// AVX-VNNI: processors with four products of bytes in one instruction, but no AVX-512.
#include "samplernn/network.h"

#if defined(__AVXVNNI__) && defined(__FMA__)
#include "processors/avx2.h"
#include "samplernn/step.h"

namespace starling::samplernn
{
namespace
{
struct AvxVnni : Avx2
{
    static I dot(I sum, B weights, I x) { return _mm256_dpbusd_avx_epi32(sum, x, weights); }
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
