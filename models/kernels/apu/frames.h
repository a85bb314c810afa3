// The frame counter: clocks envelopes four times, lengths and sweeps twice a frame.
#pragma once

#include "apu/units.h"

namespace starling::apu
{
class Frames
{
  public:
    Cycle next() const { return start_ + steps[five_][index_]; }

    /** Whether the step that was reached is a half. */
    bool advance()
    {
        const bool half = index_ & 1;
        if (++index_ == 4)
        {
            start_ += periods[five_];
            index_ = 0;
        }
        return half;
    }

    /** Begin anew; whether all units are clocked at once. (The chip takes 3 or 4 cycles more.) */
    bool write(uint8_t value, Cycle now)
    {
        five_ = value >> 7;
        start_ = now;
        index_ = 0;
        return five_;
    }

  private:
    static constexpr std::array<std::array<int, 4>, 2> steps{
        {{7457, 14913, 22371, 29829}, {7457, 14913, 22371, 37281}}};
    static constexpr std::array<int, 2> periods{29830, 37282};

    Cycle start_ = 0;
    int index_ = 0, five_ = 0;
};
} // namespace starling::apu
