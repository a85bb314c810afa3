#include "Audio/Midi/Level.h"

#include "Wire/MidiTables.h"

#include <cmath>

namespace starling
{
namespace
{
constexpr double glideSeconds = 0.005; // as in engine/songs/curves.py
constexpr double quarterPi = 0.785398163397448309616;
constexpr double fullVolume = 100.0, fullExpression = 127.0; // General MIDI's initial values
} // namespace

void Level::prepare(double rate) noexcept
{
    width = std::max(1, static_cast<int>(std::lround(glideSeconds * rate)));
    passed = width;
    from = to = {1.0f, 1.0f};
    loudness = 1.0;
}

void Level::set(int volume, int expression, int pan) noexcept
{
    const auto square = [](double share) { return share * share; };
    const auto position = std::max(-1.0, (pan - 64) / 63.0);
    const auto angle = (position + 1.0) * quarterPi; // of constant power
    loudness = square(volume / fullVolume) * square(expression / fullExpression);
    const Sides wanted = {static_cast<float>(loudness * std::sqrt(2.0) * std::cos(angle)),
                          static_cast<float>(loudness * std::sqrt(2.0) * std::sin(angle))};

    if (wanted == to)
        return;

    from = {at(0, 0), at(1, 0)};
    to = wanted;
    passed = 0;
}
} // namespace starling
