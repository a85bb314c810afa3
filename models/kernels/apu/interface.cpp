// The C interface: arguments are checked here, and no exception passes it.
#include "apu/interface.h"

#include "apu/chip.h"

#include <memory>
#include <new>
#include <string>

struct starling::apu::Player
{
    Chip chip;
    int64_t clock, time_rate;

    Cycle cycle_of(int64_t time) const
    {
        return time / time_rate * clock + time % time_rate * clock / time_rate;
    }
};

using namespace starling::apu;

namespace
{
constexpr int32_t abi = 1;
constexpr int32_t registers = 0x18;
constexpr int64_t latest = int64_t{1} << 40; // a time; beyond it cycles would not fit
thread_local std::string sentence;

int32_t fail(std::string why)
{
    sentence = std::move(why);
    return -1;
}

bool inside(const char* name, int64_t value, int64_t least, int64_t most)
{
    if (value >= least && value <= most)
        return true;
    fail(std::string(name) + " must be " + std::to_string(least) + " to " + std::to_string(most) +
         ", got " + std::to_string(value));
    return false;
}
} // namespace

int32_t apu_abi(void)
{
    return abi;
}

const char* apu_error(void)
{
    return sentence.c_str();
}

int32_t apu_new(int32_t sample_rate, int32_t clock, int32_t time_rate, int32_t output,
                apu_chip** made)
{
    if (!inside("sample_rate", sample_rate, 8000, 192000) ||
        !inside("clock", clock, 1000000, 4000000) ||
        !inside("time_rate", time_rate, 8000, 192000) || !inside("output", output, 0, 2))
        return -1;
    try
    {
        *made = new Player{{sample_rate, clock, static_cast<Output>(output)}, clock, time_rate};
        return 0;
    }
    catch (const std::bad_alloc&)
    {
        return fail("there is not enough memory for the chip");
    }
}

void apu_free(apu_chip* chip)
{
    delete chip;
}

int32_t apu_memory(apu_chip* chip, const uint8_t* bytes, int64_t size)
{
    if (!inside("size of the memory", size, Samples::memory_size, Samples::memory_size))
        return -1;
    chip->chip.set_memory(bytes);
    return 0;
}

int32_t apu_delay(void)
{
    return Chip::delay;
}

int32_t apu_render(apu_chip* chip, const int64_t* times, const uint8_t* addresses,
                   const uint8_t* values, int64_t count, int64_t* taken, float* samples,
                   int64_t frames)
{
    int64_t& at = *taken = 0;
    while (frames > 0)
    {
        const int64_t part = std::min(frames, Chip::block);
        const Cycle end = chip->chip.end_of(part);
        for (; at < count; ++at)
        {
            if (!inside("time", times[at], 0, latest) ||
                !inside("address", addresses[at], 0, registers - 1))
                return -1;
            const Cycle cycle = chip->cycle_of(times[at]);
            if (cycle >= end)
                break;
            chip->chip.write(cycle, addresses[at], values[at]);
        }
        chip->chip.read(samples, part);
        samples += part;
        frames -= part;
    }
    return 0;
}
