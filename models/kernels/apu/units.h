// What the chip's voices are made of: envelope, length counter, sweep. Clocked by the frame
// counter; facts as in nesdev's documentation of the 2A03.
#pragma once

#include <array>
#include <cstdint>

namespace starling::apu
{
using Cycle = int64_t; // of the processor, since power-up

constexpr Cycle never = INT64_MAX;

/** Volume that falls from 15 to 0, once or over and over, or stands at a constant. */
struct Envelope
{
    bool start = false, loop = false, constant = false;
    int volume = 0, divider = 0, decay = 0;

    void write(uint8_t value)
    {
        loop = value & 0x20;
        constant = value & 0x10;
        volume = value & 0x0F;
    }

    void quarter()
    {
        if (start)
        {
            start = false;
            decay = 15;
            divider = volume;
        }
        else if (divider > 0)
            --divider;
        else
        {
            divider = volume;
            decay = decay > 0 ? decay - 1 : loop ? 15 : 0;
        }
    }

    int level() const { return constant ? volume : decay; }
};

/** Silences its voice when it has counted down. */
struct Length
{
    bool enabled = false, halted = false;
    int count = 0;

    void load(uint8_t value)
    {
        static constexpr std::array<uint8_t, 32> table{
            10, 254, 20, 2,  40, 4,  80, 6,  160, 8,  60, 10, 14, 12, 26, 14,
            12, 16,  24, 18, 48, 20, 96, 22, 192, 24, 72, 26, 16, 28, 32, 30};
        if (enabled)
            count = table[value >> 3];
    }

    void enable(bool on)
    {
        enabled = on;
        if (!on)
            count = 0;
    }

    void half()
    {
        if (!halted && count > 0)
            --count;
    }
};

/** Moves a pulse's timer, and silences it where the timer would leave its range. */
struct Sweep
{
    explicit Sweep(bool complement) : ones_complement(complement) {}

    bool ones_complement; // the first pulse subtracts one more than the second
    bool enabled = false, negate = false, reload = false;
    int period = 0, shift = 0, divider = 0;

    void write(uint8_t value)
    {
        enabled = value & 0x80;
        period = (value >> 4) & 7;
        negate = value & 0x08;
        shift = value & 7;
        reload = true;
    }

    int target(int timer) const
    {
        const int change = timer >> shift;
        if (!negate)
            return timer + change;
        const int lower = timer - change - (ones_complement ? 1 : 0);
        return lower > 0 ? lower : 0;
    }

    bool mutes(int timer) const { return timer < 8 || target(timer) > 0x7FF; }

    void half(int& timer)
    {
        if (divider == 0 && enabled && shift > 0 && !mutes(timer))
            timer = target(timer);
        if (divider == 0 || reload)
        {
            divider = period;
            reload = false;
        }
        else
            --divider;
    }
};

/** A voice's timer: when it next counts to zero. Its voice may leave it behind while nothing of it
    can be heard, and catch up later. */
struct Timer
{
    Cycle due = 0, period = 1;

    void clock() { due += period; }

    /** Skip what was due before `now`; how many times that was. */
    int64_t catch_up(Cycle now)
    {
        if (due >= now)
            return 0;
        const int64_t missed = (now - 1 - due) / period + 1;
        due += missed * period;
        return missed;
    }
};
} // namespace starling::apu
