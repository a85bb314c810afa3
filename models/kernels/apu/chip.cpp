#include "apu/chip.h"

namespace starling::apu
{
namespace
{
constexpr double pi = 3.14159265358979323846;
constexpr double low_pass_hz = 14000;
constexpr double inaudible = 1e-30; // below it a filter's state becomes zero, not a slow denormal

std::vector<HighPass> high_passes(Output output, int sample_rate)
{
    const double rate = sample_rate;
    if (output == Output::nes)
        return {{90, rate}, {440, rate}};
    if (output == Output::famicom)
        return {{37, rate}};
    return {};
}

/** The published formulas: of the pulses' sum, and what each other level adds to the sum in the
    second one. */
struct Mixer
{
    std::array<double, 31> pulses{};
    std::array<double, 16> triangle{}, noise{};
    std::array<double, 128> sampled{};

    Mixer()
    {
        for (int at = 1; at < 31; ++at)
            pulses[static_cast<size_t>(at)] = 95.88 / (8128.0 / at + 100);
        for (size_t at = 0; at < sampled.size(); ++at)
        {
            triangle[at & 15] = static_cast<double>(at & 15) / 8227;
            noise[at & 15] = static_cast<double>(at & 15) / 12241;
            sampled[at] = static_cast<double>(at) / 22638;
        }
    }
};

const Mixer mixer;
} // namespace

HighPass::HighPass(double cutoff_hz, double sample_rate)
{
    const double k = pi * cutoff_hz / sample_rate;
    gain_ = 1 / (1 + k);
    feedback_ = (1 - k) / (1 + k);
}

double HighPass::filter(double sample)
{
    const double made = gain_ * sample + state_;
    state_ = feedback_ * made - gain_ * sample;
    if (state_ < inaudible && state_ > -inaudible)
        state_ = 0;
    return made;
}

Chip::Chip(int sample_rate, int clock, Output output)
    : steps_(sample_rate, clock, output == Output::nes ? low_pass_hz / sample_rate : 0),
      high_passes_(high_passes(output, sample_rate))
{
    next_.fill(never);
    levels_[triangle] = triangle_.level();
    level_ = mixed(); // what stands there before the first change is no sound
}

void Chip::set_memory(const uint8_t* bytes)
{
    samples_.memory.assign(bytes, bytes + Samples::memory_size);
}

void Chip::write(Cycle at, int address, uint8_t value)
{
    run(at);
    apply(address, value);
    update_all(now_);
}

void Chip::read(float* samples, int64_t count)
{
    run(end_of(count));
    std::array<double, static_cast<size_t>(block)> made;
    steps_.read(made.data(), count);
    made_ += count;
    for (int64_t at = 0; at < count; ++at)
    {
        double sample = made[static_cast<size_t>(at)];
        for (HighPass& each : high_passes_)
            sample = each.filter(sample);
        samples[at] = static_cast<float>(sample);
    }
}

/** Do the work with a voice. */
template <class Work>
void Chip::with(int voice, const Work& work)
{
    switch (voice)
    {
    case pulse_1:
        return work(first_);
    case pulse_2:
        return work(second_);
    case triangle:
        return work(triangle_);
    case noise:
        return work(noise_);
    default:
        return work(samples_);
    }
}

/** All that happens before a cycle. At one cycle writes come first, then frames, then voices. */
void Chip::run(Cycle end)
{
    for (;;)
    {
        int voice = 0;
        Cycle others =
            never; // when any other voice is clocked: of two at one cycle the first is first
        for (int each = 1; each < voices; ++each)
        {
            const bool first = next_[each] < next_[voice];
            others = std::min(others, next_[first ? voice : each]);
            voice = first ? each : voice;
        }
        const Cycle frame_at = frames_.next();
        if (next_[voice] >= end && frame_at >= end)
            break;
        if (frame_at <= next_[voice])
            frame(frames_.advance(), frame_at);
        else
            clock(voice, std::min({end, frame_at, others}));
    }
    now_ = std::max(now_, end);
}

/** Clock a voice as often as it is due before a cycle, at least once; most clocks change no level.
 */
void Chip::clock(int voice, Cycle end)
{
    const auto tick = [&](auto& each)
    {
        Cycle at = next_[voice];
        do
        {
            each.clock();
            if (const int level = each.level(); level != levels_[voice])
            {
                levels_[voice] = level;
                emit(at);
            }
            at = each.next();
        } while (at < end);
        next_[voice] = at;
    };
    with(voice, tick);
}

void Chip::frame(bool half, Cycle at)
{
    first_.envelope.quarter();
    second_.envelope.quarter();
    noise_.envelope.quarter();
    triangle_.quarter();
    if (half)
    {
        first_.catch_up(at); // its sweep may change the timer
        second_.catch_up(at);
        first_.half();
        second_.half();
        noise_.length.half();
        triangle_.length.half();
    }
    update_all(at);
}

void Chip::apply(int address, uint8_t value)
{
    const int part = address & 3;
    switch (address >> 2)
    {
    case 0:
        first_.catch_up(now_);
        return first_.write(part, value);
    case 1:
        second_.catch_up(now_);
        return second_.write(part, value);
    case 2:
        triangle_.catch_up(now_);
        return triangle_.write(part, value);
    case 3:
        noise_.catch_up(now_);
        return noise_.write(part, value);
    case 4:
        samples_.catch_up(now_);
        return samples_.write(part, value);
    default:
        if (part == 1)
            enable(value);
        else if (part == 3 && frames_.write(value, now_))
            frame(true, now_);
    }
}

void Chip::enable(uint8_t value)
{
    samples_.catch_up(now_);
    first_.length.enable(value & 1);
    second_.length.enable(value & 2);
    triangle_.length.enable(value & 4);
    noise_.length.enable(value & 8);
    samples_.enable(value & 16);
}

/** Look at a voice anew: its level, and when that may change next. */
void Chip::update(int voice, Cycle at)
{
    const auto look = [&](auto& each)
    {
        each.settle();
        if (each.sounds())
            each.catch_up(at);
        next_[voice] = each.next();
        levels_[voice] = each.level();
    };
    with(voice, look);
}

void Chip::update_all(Cycle at)
{
    for (int voice = 0; voice < voices; ++voice)
        update(voice, at);
    emit(at);
}

void Chip::emit(Cycle at)
{
    const float level = mixed();
    if (level != level_)
        steps_.add(at, level - level_);
    level_ = level;
}

float Chip::mixed() const
{
    const auto of = [this](Voice voice) { return static_cast<size_t>(levels_[voice]); };
    const double rest =
        mixer.triangle[of(triangle)] + mixer.noise[of(noise)] + mixer.sampled[of(sampled)];
    return static_cast<float>(mixer.pulses[of(pulse_1) + of(pulse_2)] +
                              159.79 * rest / (1 + 100 * rest));
}
} // namespace starling::apu
