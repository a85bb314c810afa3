// C++ alone: slow, the same on every processor. The compiler makes of it what it can.
#pragma once

#include "samplernn/arithmetic.h"
#include "samplernn/network.h"

#include <cmath>

namespace starling::samplernn
{
namespace
{
struct Portable
{
    static constexpr int width = 8, lanes = 16, offset = 0;
    struct F
    {
        float lane[width];
    };
    struct I
    {
        int32_t lane[lanes];
    };
    using B = const int8_t*;
    using Wide = Portable;

    template <class Work>
    static F each(Work work)
    {
        F made;
        for (int i = 0; i < width; ++i)
            made.lane[i] = work(i);
        return made;
    }
    static F load(const float* x)
    {
        return each([=](int i) { return x[i]; });
    }
    static void store(float* x, const F& value)
    {
        for (int i = 0; i < width; ++i)
            x[i] = value.lane[i];
    }
    static F set(float x)
    {
        return each([=](int) { return x; });
    }
    static F add(const F& x, const F& y)
    {
        return each([&](int i) { return x.lane[i] + y.lane[i]; });
    }
    static F sub(const F& x, const F& y)
    {
        return each([&](int i) { return x.lane[i] - y.lane[i]; });
    }
    static F mul(const F& x, const F& y)
    {
        return each([&](int i) { return x.lane[i] * y.lane[i]; });
    }
    static F div(const F& x, const F& y)
    {
        return each([&](int i) { return x.lane[i] / y.lane[i]; });
    }
    static F fma(const F& x, const F& y, const F& z)
    {
        return each([&](int i) { return std::fma(x.lane[i], y.lane[i], z.lane[i]); });
    }
    static F min(const F& x, const F& y)
    {
        return each([&](int i) { return x.lane[i] < y.lane[i] ? x.lane[i] : y.lane[i]; });
    }
    static F max(const F& x, const F& y)
    {
        return each([&](int i) { return x.lane[i] > y.lane[i] ? x.lane[i] : y.lane[i]; });
    }
    static F magnitude(const F& x)
    {
        return each([&](int i) { return std::fabs(x.lane[i]); });
    }
    static void fetch(const char*) {}

    static uint32_t bits_of(float x)
    {
        uint32_t bits;
        std::memcpy(&bits, &x, 4);
        return bits;
    }
    static F power_of_two(const F& x)
    {
        return each(
            [&](int i)
            {
                const uint32_t bits = (bits_of(x.lane[i]) << 23) + 0x3f800000u;
                float power;
                std::memcpy(&power, &bits, 4);
                return power;
            });
    }

    template <int V>
    static constexpr int float_vectors()
    {
        return V <= 2 ? 2 : 1;
    }

    static I zero() { return {}; }
    static I add_whole(I x, const I& y)
    {
        for (int i = 0; i < lanes; ++i)
            x.lane[i] += y.lane[i];
        return x;
    }
    static void store_whole(int32_t* x, const I& value) { std::memcpy(x, value.lane, sizeof(I)); }
    static F from_whole(const int32_t* x)
    {
        return each([=](int i) { return static_cast<float>(x[i]); });
    }
    static B load_bytes(const int8_t* x) { return x; }

    /** The low byte of magic + x is the nearest whole number to x. */
    template <bool>
    static void store_bytes(const F* steps, int8_t* q, uint8_t*)
    {
        for (int i = 0; i < 32; ++i)
            q[i] = static_cast<int8_t>(bits_of(steps[i / width].lane[i % width] + magic) & 0xff);
    }
    static const int8_t* spread(const int8_t* q, const uint8_t*) { return q; }
    static I dot(I sum, B weights, const int8_t* x)
    {
        for (int i = 0; i < lanes; ++i)
            for (int k = 0; k < 4; ++k)
                sum.lane[i] += weights[4 * i + k] * x[k];
        return sum;
    }

    template <int Many>
    static void add_shorts(const int16_t* table, const uint8_t* recent, int rows, int row_width,
                           float* out)
    {
        int16_t sum[Many] = {};
        for (int row = 0; row < rows; ++row)
        {
            const int16_t* x = table + static_cast<int64_t>(row * levels + recent[row]) * row_width;
            for (int i = 0; i < Many; ++i)
                sum[i] = static_cast<int16_t>(sum[i] + x[i]);
        }
        for (int i = 0; i < Many; ++i)
            out[i] = sum[i];
    }
};
} // namespace
} // namespace starling::samplernn
