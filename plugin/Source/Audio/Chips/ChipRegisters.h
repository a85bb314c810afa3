// The chip and what stands in its registers: only what differs is written, as a program would do
// that knows what it wrote. Audio thread only, except where noted.
#pragma once

#include "apu/chip.h"

#include <memory>
#include <vector>

namespace starling
{
/** What was written to the chip, and when: for files. */
struct RegisterLog
{
    struct Write
    {
        std::int64_t frame = 0;
        int address = 0, value = 0;
    };

    std::int64_t now = 0; // frames
    std::vector<Write> writes;
};

class ChipRegisters
{
  public:
    static constexpr int clock = 1789773; // Hz, of the console sold in America and Japan
    static constexpr int block = static_cast<int>(apu::Chip::block);

    /** Samples by which the sound comes later than what is set. */
    static constexpr int delay = apu::Chip::delay;

    /** Not while audio runs: this allocates. */
    void prepare(double sampleRate);

    bool isPrepared() const noexcept { return chip != nullptr; }
    bool isOn() const noexcept { return on; }

    /** From its first cycle: the same settings at the same frames give the same samples. */
    void switchOn() noexcept;
    void switchOff() noexcept { on = false; }

    /** A register (0x00 to 0x17), from the next sample on. */
    void set(int address, int value) noexcept;

    /** The next samples, at most a block. */
    void read(float* samples, int frames) noexcept { chip->read(samples, frames); }

    /** Where writes are noted; null on the audio thread, which may not let a list grow. */
    RegisterLog* log = nullptr;

  private:
    std::unique_ptr<apu::Chip> fresh, chip; // one to copy from, one that plays
    std::array<int, 0x18> values{};         // -1: written anew whatever it is
    bool on = false;
};
} // namespace starling
