#include "Audio/Midi/ChannelState.h"

#include <algorithm>

namespace starling
{
namespace
{
constexpr int highest = 127;
constexpr int nothing = 127; // both bytes of the number that selects no parameter
} // namespace

ChannelState::ChannelState() noexcept : selected{nothing, nothing}
{
    for (const auto& each : midi::controllers)
        controls[static_cast<size_t>(each.number)] = each.initial;

    for (size_t n = 0; n < parameters.size(); ++n)
        parameters[n] = {midi::parameters[n].high, midi::parameters[n].low};
}

void ChannelState::control(int number, int value) noexcept
{
    switch (number)
    {
    case midi::rpnHigh:
    case midi::rpnLow:
    case midi::nrpnHigh:
    case midi::nrpnLow:
        return select(number, value);
    case midi::data:
    case midi::dataLow:
    case midi::increment:
    case midi::decrement:
        return enter(number, value);
    case midi::reset:
        return reset();
    default:
        controls[static_cast<size_t>(number)] = value;
    }
}

void ChannelState::reset() noexcept
{
    for (const auto& each : midi::controllers)
        if (each.reset)
            controls[static_cast<size_t>(each.number)] = each.initial;

    std::fill(controls.begin() + midi::keyPressure, controls.end(), 0);
    registered = false;
    selected = {nothing, nothing};
}

void ChannelState::setBendRange(int semitones) noexcept
{
    parameters[static_cast<size_t>(indexOf(midi::bendRange))] = {semitones, 0};
}

int ChannelState::usualBendRange() noexcept
{
    return midi::parameters[indexOf(midi::bendRange)].high;
}

double ChannelState::pitch() const noexcept
{
    const auto& range = dataOf(midi::bendRange);
    const auto& fine = dataOf(midi::fineTune);
    const auto bend =
        static_cast<double>(value(midi::bend)) / midi::half * (range.high + range.low / 100.0);
    const auto tuning = static_cast<double>(fine.high * 128 + fine.low - midi::half) / midi::half +
                        (dataOf(midi::coarseTune).high - 64);
    return bend + tuning;
}

double ChannelState::vibrato() const noexcept
{
    const auto amount = value(midi::modulation) + value(midi::pressure);
    return std::min(1.0, static_cast<double>(amount) / highest) * modulationRange();
}

double ChannelState::keyVibrato(int key) const noexcept
{
    return static_cast<double>(value(midi::keyPressure + key)) / highest * modulationRange();
}

bool ChannelState::hasVibrato() const noexcept
{
    return vibrato() > 0.0 ||
           (modulationRange() > 0.0 && std::any_of(controls.begin() + midi::keyPressure,
                                                   controls.end(), [](int v) { return v > 0; }));
}

bool ChannelState::selects(int parameter) const noexcept
{
    return registered && selected.high * 128 + selected.low == parameter;
}

/*  Of a parameter of the table; its length: of none. */
int ChannelState::indexOf(int parameter) noexcept
{
    const auto* found = std::find_if(std::begin(midi::parameters), std::end(midi::parameters),
                                     [=](const auto& each) { return each.number == parameter; });
    return static_cast<int>(found - std::begin(midi::parameters));
}

const ChannelState::Data& ChannelState::dataOf(int parameter) const noexcept
{
    return parameters[static_cast<size_t>(indexOf(parameter))];
}

double ChannelState::modulationRange() const noexcept
{
    const auto& data = dataOf(midi::modulationRange);
    return data.high + data.low / 128.0;
}

void ChannelState::select(int number, int value) noexcept
{
    const auto isRegistered = number == midi::rpnHigh || number == midi::rpnLow;

    if (isRegistered != registered)
        selected = {nothing, nothing};

    registered = isRegistered;
    (number == midi::rpnLow || number == midi::nrpnLow ? selected.low : selected.high) = value;
}

void ChannelState::enter(int number, int value) noexcept
{
    const auto index = registered ? indexOf(selected.high * 128 + selected.low) : parameterCount;

    if (index == parameterCount)
        return;

    auto& data = parameters[static_cast<size_t>(index)];

    if (number == midi::data)
        data = {value, 0}; // a high byte sets its low one to 0
    else if (number == midi::dataLow)
        data.low = value;
    else
        step(midi::parameters[index], data, number == midi::increment ? 1 : -1);
}

/*  Data increment and decrement (RP-018): the value that comes with them does not count. */
void ChannelState::step(const midi::Parameter& parameter, Data& data, int by) noexcept
{
    if (parameter.stepByte == 0)
    {
        data.high = std::clamp(data.high + by, 0, highest);
        return;
    }
    const auto size = parameter.lowEnd + 1;
    const auto value = data.high * size + std::min(data.low, size - 1) + by;
    const auto within = std::clamp(value, 0, highest * size + size - 1);
    data = {within / size, within % size};
}
} // namespace starling
