// Elementary functions over a policy's vector F of floats. Every instruction set does the same
// operations in the same order, with fused multiply-adds, so that all find the same bits.
#pragma once

#include <cstdint>

namespace starling::samplernn
{
namespace
{
constexpr float magic = 12582912.0f; // 1.5 * 2^23: adding it rounds to the nearest whole number

/** e^x to 1 ulp or so, x kept to -87..88 (Cephes' polynomial). */
template <class P>
inline typename P::F exponential(typename P::F x)
{
    x = P::max(P::min(x, P::set(88.0f)), P::set(-87.0f));
    const auto shifted = P::fma(x, P::set(1.44269504f), P::set(magic));
    const auto whole = P::sub(shifted, P::set(magic));
    x = P::fma(whole, P::set(-0.693359375f), x);
    x = P::fma(whole, P::set(2.12194440e-4f), x);
    auto y = P::set(1.9875691500e-4f);
    for (const float c :
         {1.3981999507e-3f, 8.3334519073e-3f, 4.1665795894e-2f, 1.6666665459e-1f, 5.0000001201e-1f})
        y = P::fma(y, x, P::set(c));
    y = P::fma(y, P::mul(x, x), P::add(x, P::set(1.0f)));
    return P::mul(y, P::power_of_two(shifted));
}

template <class P>
inline typename P::F sigmoid(typename P::F x)
{
    const auto one = P::set(1.0f);
    return P::div(one, P::add(one, exponential<P>(P::sub(P::set(0.0f), x))));
}

/** 2 sigmoid(2x) - 1. */
template <class P>
inline typename P::F hyperbolic_tangent(typename P::F x)
{
    return P::fma(P::set(2.0f), sigmoid<P>(P::add(x, x)), P::set(-1.0f));
}

/** The largest of n numbers. */
template <class P>
inline float largest(const float* x, int n)
{
    auto found = P::load(x);
    for (int at = P::width; at < n; at += P::width)
        found = P::max(found, P::load(x + at));
    float lanes[P::width];
    P::store(lanes, found);
    float most = lanes[0];
    for (const float lane : lanes)
        most = lane > most ? lane : most;
    return most;
}
} // namespace
} // namespace starling::samplernn
