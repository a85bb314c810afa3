#include "Audio/Chips/ChipRegisters.h"

#include <cmath>
#include <utility>

namespace starling
{
namespace
{
constexpr int lowestRate = 8000, highestRate = 768000; // Hz; what the chip's arithmetic holds
constexpr int enable = 0x15, triangleLength = 0x0B;

/*  All voices silent: constant volumes, no sweeps, length counters halted, the triangle's linear
    counter loaded and then stopped. models/nes/chip/play.py sets the same. */
constexpr std::pair<int, int> setup[] = {{0x17, 0x40}, {0x15, 0x0F}, {0x01, 0x08}, {0x05, 0x08},
                                         {0x00, 0x30}, {0x04, 0x30}, {0x0C, 0x30}, {0x08, 0xFF},
                                         {0x03, 0x00}, {0x07, 0x00}, {0x0B, 0x00}, {0x0F, 0x00},
                                         {0x17, 0xC0}, {0x17, 0x40}, {0x15, 0x0B}};
} // namespace

void ChipRegisters::prepare(double sampleRate)
{
    const auto rate =
        std::clamp(static_cast<int>(std::lround(sampleRate)), lowestRate, highestRate);
    fresh = std::make_unique<apu::Chip>(rate, clock, apu::Output::nes);
    chip = std::make_unique<apu::Chip>(*fresh);
    on = false;
}

void ChipRegisters::switchOn() noexcept
{
    *chip = *fresh; // of the same sizes: nothing is allocated
    values.fill(-1);
    on = true;

    for (const auto& [address, value] : setup)
        set(address, value);
}

void ChipRegisters::set(int address, int value) noexcept
{
    auto& standing = values[static_cast<size_t>(address)];

    if (std::exchange(standing, value) == value)
        return;

    chip->write(chip->end_of(0), address, static_cast<uint8_t>(value));

    if (log != nullptr)
        log->writes.push_back({log->now, address, value});

    if (address == enable) // enabled anew, the triangle's length must be loaded
        values[triangleLength] = -1;
}
} // namespace starling
