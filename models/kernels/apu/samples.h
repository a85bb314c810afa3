// Sampled sound (DMC): a level of 7 bits, written as it is or moved by bits of the memory.
#pragma once

#include "apu/units.h"

#include <vector>

namespace starling::apu
{
class Samples
{
  public:
    static constexpr int memory_size = 0x8000;

    Samples() { timer_.period = periods[0]; }

    void write(int address, uint8_t value)
    {
        switch (address)
        {
        case 0:
            loop_ = value & 0x40;
            timer_.period = periods[value & 0x0F];
            break;
        case 1:
            level_ = value & 0x7F;
            break;
        case 2:
            start_ = value * 64 + 0x4000; // from 0x8000: the memory's addresses begin at 0xC000
            break;
        default:
            bytes_ = value * 16 + 1;
        }
    }

    void enable(bool on)
    {
        if (!on)
            left_ = 0;
        else if (left_ == 0)
        {
            restart();
            fetch();
        }
    }

    void settle() {}

    int level() const { return level_; }

    /** Nothing to come: only the count of bits goes on. */
    bool sounds() const { return !silent_ || full_; }

    Cycle next() const { return sounds() ? timer_.due : never; }

    void clock()
    {
        timer_.clock();
        if (!silent_)
        {
            const int moved = level_ + (shift_ & 1 ? 2 : -2);
            level_ = moved >= 0 && moved <= 127 ? moved : level_;
            shift_ >>= 1;
        }
        bits_ = (bits_ + 7) & 7;
        if (bits_ == 0)
            next_byte();
    }

    void catch_up(Cycle now) { bits_ = (bits_ + 7 * (timer_.catch_up(now) & 7)) & 7; }

    std::vector<uint8_t> memory = std::vector<uint8_t>(memory_size, 0);

  private:
    void restart()
    {
        at_ = start_;
        left_ = bytes_;
    }

    void next_byte()
    {
        silent_ = !full_;
        shift_ = buffer_;
        full_ = false;
        fetch();
    }

    void fetch()
    {
        if (full_ || left_ == 0)
            return;
        buffer_ = memory[at_];
        full_ = true;
        at_ = (at_ + 1) & (memory_size - 1);
        if (--left_ == 0 && loop_)
            restart();
    }

    static constexpr std::array<int, 16> periods{428, 380, 340, 320, 286, 254, 226, 214,
                                                 190, 160, 142, 128, 106, 84,  72,  54};

    Timer timer_;
    int level_ = 0, start_ = 0x4000, bytes_ = 1, at_ = 0x4000, left_ = 0, buffer_ = 0, shift_ = 0;
    int64_t bits_ = 0;
    bool loop_ = false, silent_ = true, full_ = false;
};
} // namespace starling::apu
