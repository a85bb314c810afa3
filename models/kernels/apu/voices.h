// The tone voices and the noise. Each says at which cycle its level may next change (`next`), is
// clocked then, and is told of register writes and frames in between. The chip calls catch_up()
// before anything changes how a voice runs, and settle() afterwards.
#pragma once

#include "apu/units.h"

namespace starling::apu
{
/** A pulse wave of eight steps. */
class Pulse
{
  public:
    explicit Pulse(bool first) : sweep_(first) { set_timer(0); }

    void write(int address, uint8_t value)
    {
        switch (address)
        {
        case 0:
            duty_ = value >> 6;
            envelope.write(value);
            length.halted = value & 0x20;
            break;
        case 1:
            sweep_.write(value);
            break;
        case 2:
            set_timer((reload_ & 0x700) | value);
            break;
        default:
            set_timer((reload_ & 0x0FF) | (value & 7) << 8);
            length.load(value);
            step_ = 0;
            envelope.start = true;
        }
    }

    void half()
    {
        length.half();
        sweep_.half(reload_);
        set_timer(reload_);
    }

    void settle() { volume_ = length.count > 0 && !sweep_.mutes(reload_) ? envelope.level() : 0; }

    bool sounds() const { return volume_ > 0; }

    int level() const { return shapes[duty_] >> step_ & 1 ? volume_ : 0; }

    Cycle next() const { return sounds() ? timer_.due : never; }

    void clock()
    {
        timer_.clock();
        step_ = (step_ + 1) & 7;
    }

    void catch_up(Cycle now) { step_ = (step_ + timer_.catch_up(now)) & 7; }

    Envelope envelope;
    Length length;

  private:
    void set_timer(int reload)
    {
        reload_ = reload;
        timer_.period = 2 * (static_cast<Cycle>(reload) + 1);
    }

    // bit n is step n: 0 1 0 0 0 0 0 0, 0 1 1 0 0 0 0 0, 0 1 1 1 1 0 0 0, 1 0 0 1 1 1 1 1
    static constexpr std::array<uint8_t, 4> shapes{0x02, 0x06, 0x1E, 0xF9};

    Sweep sweep_;
    Timer timer_;
    int duty_ = 0, reload_ = 0, volume_ = 0;
    int64_t step_ = 0;
};

/** Thirty-two steps down and up; stopped it holds its level. */
class Triangle
{
  public:
    void write(int address, uint8_t value)
    {
        switch (address)
        {
        case 0:
            length.halted = value & 0x80;
            linear_reload_ = value & 0x7F;
            break;
        case 1:
            break;
        case 2:
            set_timer((reload_ & 0x700) | value);
            break;
        default:
            set_timer((reload_ & 0x0FF) | (value & 7) << 8);
            length.load(value);
            reload_linear_ = true;
        }
    }

    void quarter()
    {
        if (reload_linear_)
            linear_ = linear_reload_;
        else if (linear_ > 0)
            --linear_;
        if (!length.halted) // the same bit is the linear counter's control
            reload_linear_ = false;
    }

    void settle() {}

    bool sounds() const { return linear_ > 0 && length.count > 0; }

    int level() const { return step_ < 16 ? 15 - step_ : step_ - 16; }

    Cycle next() const { return sounds() ? timer_.due : never; }

    void clock()
    {
        timer_.clock();
        step_ = (step_ + 1) & 31;
    }

    void catch_up(Cycle now) { timer_.catch_up(now); } // behind only while it stands still

    Length length;

  private:
    void set_timer(int reload)
    {
        reload_ = reload;
        timer_.period = reload + 1;
    }

    Timer timer_;
    int reload_ = 0, step_ = 0, linear_ = 0, linear_reload_ = 0;
    bool reload_linear_ = false;
};

/** A shift register of 15 bits. */
class Noise
{
  public:
    Noise() { timer_.period = periods[0]; }

    void write(int address, uint8_t value)
    {
        switch (address)
        {
        case 0:
            envelope.write(value);
            length.halted = value & 0x20;
            break;
        case 2:
            short_ = value & 0x80;
            timer_.period = periods[value & 0x0F];
            break;
        case 3:
            length.load(value);
            envelope.start = true;
            break;
        default:
            break;
        }
    }

    void settle() { volume_ = length.count > 0 ? envelope.level() : 0; }

    bool sounds() const { return volume_ > 0; }

    int level() const { return bits_ & 1 ? 0 : volume_; }

    Cycle next() const { return sounds() ? timer_.due : never; }

    void clock()
    {
        timer_.clock();
        shift();
    }

    void catch_up(Cycle now)
    {
        // 93 steps, or 31, bring the short mode back; every state of the long one is in one cycle
        const int64_t missed = timer_.catch_up(now) % (short_ ? 93 : 32767);
        for (int64_t at = 0; at < missed; ++at)
            shift();
    }

    Envelope envelope;
    Length length;

  private:
    void shift()
    {
        const unsigned feedback = (bits_ ^ bits_ >> (short_ ? 6 : 1)) & 1;
        bits_ = bits_ >> 1 | feedback << 14;
    }

    static constexpr std::array<int, 16> periods{4,   8,   16,  32,  64,  96,   128,  160,
                                                 202, 254, 380, 508, 762, 1016, 2034, 4068};

    Timer timer_;
    unsigned bits_ = 1;
    int volume_ = 0;
    bool short_ = false;
};
} // namespace starling::apu
