#include "Audio/Midi/Channels.h"

#include <algorithm>
#include <cmath>

namespace starling
{
namespace
{
constexpr double twoPi = 6.28318530717958647692;
constexpr int cell = Level::longest; // frames that the vibrato stands still: steps of 2 cents

bool entersData(int number) noexcept
{
    return number == midi::data || number == midi::increment || number == midi::decrement;
}
} // namespace

ChannelsNow::ChannelsNow(const Channels& theChannels, double newTune, double newWave) noexcept
    : tune(newTune), channels(theChannels), wave(newWave)
{
    for (int channel = 0; channel < Channels::count; ++channel)
    {
        const auto& state = channels.state(channel);
        const auto master = channels.masterOf(channel);
        auto pitch = state.pitch();
        auto vibrato = state.vibrato();

        if (master != channel)
        {
            pitch += channels.state(master).pitch();
            vibrato += channels.state(master).vibrato();
        }
        shifts[static_cast<size_t>(channel)] = tune + pitch + wave * vibrato;
    }
}

double ChannelsNow::shiftOf(int channel, int key) const noexcept
{
    const auto shift = shifts[static_cast<size_t>(channel)];
    const auto isMoved = wave != 0.0 && key >= 0;
    return isMoved ? shift + wave * channels.state(channel).keyVibrato(key) : shift;
}

const Level& ChannelsNow::levelOf(int channel) const noexcept
{
    return channels.level(channels.masterOf(channel));
}

void Channels::prepare(double sampleRate)
{
    rate = sampleRate;
    frame = 0;
    channels.fill({});

    for (auto& channel : channels)
        channel.level.prepare(rate);
}

void Channels::reset() noexcept
{
    for (auto& channel : channels)
    {
        channel.state.reset();
        channel.down.reset();
        follow(channel, false);
        channel.level.settle();
    }
    rewind();
}

void Channels::control(int channel, int number, int value) noexcept
{
    auto& now = at(channel);
    const auto wasSostenuto = now.state.isDown(midi::sostenuto);
    now.state.control(number, value);
    follow(now, wasSostenuto);

    if ((channel == midi::lowerMaster || channel == midi::upperMaster) && entersData(number) &&
        now.state.selects(midi::zone))
        layOut(channel);
}

bool Channels::reachesMembers(int number) noexcept
{
    switch (number)
    {
    case midi::sustain:
    case midi::sostenuto:
    case midi::soft:
    case midi::soundOff:
    case midi::reset:
    case midi::notesOff:
        return true;
    default:
        return number >= midi::firstMode && number <= midi::lastMode;
    }
}

int Channels::softened(int channel, int velocity) const noexcept
{
    if (!state(channel).isDown(midi::soft))
        return velocity;

    return std::max(1, static_cast<int>(std::lround(velocity * midi::softVelocity)));
}

ChannelsNow Channels::now(double tune) const noexcept
{
    if (!isVibrating())
        return {*this, tune, 0.0};

    const auto middle = frame / cell * cell + cell / 2;
    return {*this, tune, std::sin(twoPi * midi::vibratoHz / rate * static_cast<double>(middle))};
}

ChannelsNow Channels::highest(double tune) const noexcept
{
    return {*this, tune, 1.0};
}

int Channels::framesToNext(int most) const noexcept
{
    const auto isSame = areFull() && !isVibrating();
    return isSame ? most : std::min(most, cell - static_cast<int>(frame % cell));
}

void Channels::advance(int frames) noexcept
{
    frame += frames;

    for (auto& channel : channels)
        channel.level.advance(frames);
}

/*  What the state says of the pedals, the vibrato and the level. */
void Channels::follow(Channel& channel, bool wasSostenuto) noexcept
{
    auto& held = channel.held;
    held.all = channel.state.isDown(midi::sustain);

    if (!channel.state.isDown(midi::sostenuto))
        held.some.reset();
    else if (!wasSostenuto)
        held.some = channel.down;

    channel.vibrates = channel.state.hasVibrato();
    channel.level.set(channel.state.value(midi::volume), channel.state.value(midi::expression),
                      channel.state.value(midi::pan));
}

/*  A channel that joins a zone gets the zone's bend range, and one that leaves it the usual one. */
void Channels::layOut(int master) noexcept
{
    const auto size = state(master).zoneSize();

    for (int n = 1; n <= midi::mostMembers; ++n)
    {
        const auto number = master == midi::lowerMaster ? n : midi::upperMaster - n;
        auto& member = at(number);

        if (n <= size && member.master != master)
        {
            member.master = master;
            member.state.setBendRange(midi::memberRange);
        }
        else if (n > size && member.master == master)
        {
            member.master = -1;
            member.state.setBendRange(ChannelState::usualBendRange());
        }
    }
}

bool Channels::isVibrating() const noexcept
{
    return std::any_of(channels.begin(), channels.end(),
                       [](const auto& channel) { return channel.vibrates; });
}

bool Channels::areFull() const noexcept
{
    return std::all_of(channels.begin(), channels.end(),
                       [](const auto& channel) { return channel.level.isFull(); });
}
} // namespace starling
