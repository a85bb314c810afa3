#include "Audio/Chips/ChipVoice.h"

#include <utility>

namespace starling
{
namespace
{
constexpr int constantVolume = 0x30;           // and the length counter halted
constexpr int allOn = 0x0F, noTriangle = 0x0B; // register 0x15
constexpr int lowestTimer = 8, highestTimer = 0x7FF;
constexpr int noisePeriods = 16;
} // namespace

void ChipVoice::press(int channel, int key, double loud, int timbre) noexcept
{
    for (int at = count; --at >= 0;)
        if (keys[static_cast<size_t>(at)].is(channel, key))
            remove(at);

    if (count == mostKeys)
        remove(0);

    keys[static_cast<size_t>(count++)] = {channel, key, loud, timbre};
    isCut = false;
    envelope.start();
    follow();
}

void ChipVoice::change(int channel, int key, double loud, int timbre) noexcept
{
    for (int at = count; --at >= 0;)
        if (auto& each = keys[static_cast<size_t>(at)]; each.is(channel, key))
        {
            each.loud = loud;
            each.timbre = timbre;
            follow();
        }
}

void ChipVoice::lift(int channel, int key, bool pedal) noexcept
{
    for (int at = count; --at >= 0;)
        if (auto& each = keys[static_cast<size_t>(at)]; each.is(channel, key))
        {
            each.sustained = pedal;

            if (!pedal)
                remove(at);
        }

    follow();
}

void ChipVoice::release(int channel, bool keysToo, const HeldKeys& pedals) noexcept
{
    for (int at = count; --at >= 0;)
        if (auto& each = keys[static_cast<size_t>(at)];
            each.channel == channel && (keysToo || each.sustained))
        {
            each.sustained = pedals.has(each.key);

            if (!each.sustained)
                remove(at);
        }

    follow();
}

void ChipVoice::silence(int channel) noexcept
{
    release(channel, true, {});

    if (note.channel == channel && count == 0)
        isCut = true;
}

void ChipVoice::reset() noexcept
{
    count = 0;
    isCut = false;
    envelope.stop();
    untilTick = 0.0;
}

void ChipVoice::remove(int at) noexcept
{
    std::copy(keys.begin() + at + 1, keys.begin() + count, keys.begin() + at);
    --count;
}

/*  The newest key sounds, or the last one is released; both at once, not at the next tick. */
void ChipVoice::follow() noexcept
{
    if (count > 0)
        note = keys[static_cast<size_t>(count - 1)];
    else
        envelope.release();

    untilTick = 0.0;
}

void ChipVoice::tick(ChipRegisters& registers, const ChipVoiceSettings& settings,
                     const EnvelopeSteps& steps, double shift, double gain) noexcept
{
    if (std::exchange(isCut, false))
        envelope.stop();

    envelope.next(steps);
    const auto loud = volume(settings, gain);
    const auto timbre = note.timbre < 0 ? settings.timbre : note.timbre;

    if (index == chip::tr)
        setTriangle(registers, loud, shift);
    else if (index == chip::no)
        setNoise(registers, loud, timbre);
    else
        setPulse(registers, loud, timbre, shift);
}

/** The lowest loudness above 0 is still the softest step, as long as the envelope is full. */
int ChipVoice::volume(const ChipVoiceSettings& settings, double gain) const noexcept
{
    const auto loud = std::min(1.0, note.loud * gain);

    if (settings.mute || settings.level == 0 || loud <= 0.0)
        return 0;

    const auto loudest = std::max(1L, std::lround(loud * settings.level));
    return static_cast<int>(std::lround(envelope.value() * static_cast<float>(loudest)));
}

int ChipVoice::timerOf(int voice, double note) noexcept
{
    const auto steps = voice == chip::tr ? 32.0 : 16.0; // cycles of a period, a count of the timer
    const auto frequency = 440.0 * std::exp2((note - 69.0) / 12.0);
    const auto timer = std::lround(ChipRegisters::clock / (steps * frequency) - 1.0);
    const auto isThere = timer >= (voice == chip::tr ? 0 : lowestTimer) && timer <= highestTimer;
    return isThere ? static_cast<int>(timer) : -1;
}

/*  The upper timer bits begin the wave anew: they are written only when they change. */
void ChipVoice::setPulse(ChipRegisters& registers, int loud, int duty, double shift) const noexcept
{
    const auto timer = timerOf(index, note.key + shift);
    const auto first = 4 * index;

    if (loud > 0 && timer >= 0)
    {
        registers.set(first + 2, timer & 0xFF);
        registers.set(first + 3, timer >> 8);
    }
    registers.set(first, duty << 6 | constantVolume | (timer >= 0 ? loud : 0));
}

/*  It has no volume: it is stopped, which holds its wave where it is. */
void ChipVoice::setTriangle(ChipRegisters& registers, int loud, double shift) const noexcept
{
    const auto timer = timerOf(index, note.key + shift);

    if (loud == 0 || timer < 0)
        return registers.set(0x15, noTriangle);

    registers.set(0x15, allOn);
    registers.set(0x0A, timer & 0xFF);
    registers.set(0x0B, timer >> 8);
}

void ChipVoice::setNoise(ChipRegisters& registers, int loud, int mode) const noexcept
{
    if (loud > 0)
        registers.set(0x0E, mode << 7 | (noisePeriods - noiseOf(note.key)));

    registers.set(0x0C, constantVolume | loud);
}
} // namespace starling
