// NEON with fused multiply-adds: 64-bit ARM. Compiled there, never run by its authors: untested.
#include "samplernn/network.h"

#if defined(__ARM_NEON) && defined(__aarch64__)
#include "processors/portable.h"
#include "samplernn/step.h"

#include <arm_neon.h>

namespace starling::samplernn
{
namespace
{
struct Neon : Portable
{
    using F = float32x4_t;
    using I = int32x4_t;
    using B = int8x16_t;
    using Wide = Neon;
    static constexpr int width = 4, lanes = 4;

    static F load(const float* x) { return vld1q_f32(x); }
    static void store(float* x, F value) { vst1q_f32(x, value); }
    static F set(float x) { return vdupq_n_f32(x); }
    static F add(F x, F y) { return vaddq_f32(x, y); }
    static F sub(F x, F y) { return vsubq_f32(x, y); }
    static F mul(F x, F y) { return vmulq_f32(x, y); }
    static F div(F x, F y) { return vdivq_f32(x, y); }
    static F fma(F x, F y, F z) { return vfmaq_f32(z, x, y); }
    static F min(F x, F y) { return vminq_f32(x, y); }
    static F max(F x, F y) { return vmaxq_f32(x, y); }
    static F magnitude(F x) { return vabsq_f32(x); }
    static void fetch(const char* x) { __builtin_prefetch(x); }
    static F power_of_two(F x)
    {
        const int32x4_t n = vshlq_n_s32(vreinterpretq_s32_f32(x), 23);
        return vreinterpretq_f32_s32(vaddq_s32(n, vdupq_n_s32(0x3f800000)));
    }

    template <int V>
    static constexpr int float_vectors()
    {
        return V == 1 ? 16 : V <= 3 ? 8 : 4;
    }

    static I zero() { return vdupq_n_s32(0); }
    static I add_whole(I x, I y) { return vaddq_s32(x, y); }
    static void store_whole(int32_t* x, I value) { vst1q_s32(x, value); }
    static F from_whole(const int32_t* x) { return vcvtq_f32_s32(vld1q_s32(x)); }
    static B load_bytes(const int8_t* x) { return vld1q_s8(x); }

    template <bool>
    static void store_bytes(const F* steps, int8_t* q, uint8_t*)
    {
        for (int i = 0; i < 32; i += 8)
        {
            const int16x4_t low = vqmovn_s32(vcvtnq_s32_f32(steps[i / 4]));
            const int16x4_t high = vqmovn_s32(vcvtnq_s32_f32(steps[i / 4 + 1]));
            vst1_s8(q + i, vqmovn_s16(vcombine_s16(low, high)));
        }
    }
    static B spread(const int8_t* q, const uint8_t*)
    {
        int32_t four;
        __builtin_memcpy(&four, q, 4);
        return vreinterpretq_s8_s32(vdupq_n_s32(four));
    }

    /** The sums of four rows, four products each. */
    static I dot(I sum, B weights, B x)
    {
#if defined(__ARM_FEATURE_DOTPROD)
        return vdotq_s32(sum, weights, x);
#else
        const int16x8_t low = vmull_s8(vget_low_s8(weights), vget_low_s8(x));
        const int16x8_t high = vmull_high_s8(weights, x);
        return vaddq_s32(sum, vpaddq_s32(vpaddlq_s16(low), vpaddlq_s16(high)));
#endif
    }
};
} // namespace

const Backend neon{"neon", &Step<Neon>::advance, &read<Neon>};
} // namespace starling::samplernn
#else
namespace starling::samplernn
{
const Backend neon{"neon", nullptr, nullptr};
}
#endif
