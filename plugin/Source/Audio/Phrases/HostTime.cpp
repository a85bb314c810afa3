#include "Audio/Phrases/HostTime.h"

#include <cmath>

namespace starling
{
namespace
{
constexpr double longestBar = 64.0; // beats

bool isWithin(double value, double low, double high)
{
    return std::isfinite(value) && value >= low && value <= high;
}

/** The host's bar, where it has one. */
void setBar(HostTime& time, const juce::AudioPlayHead::PositionInfo& host)
{
    const auto signature = host.getTimeSignature();

    if (!signature || signature->denominator <= 0)
        return;

    const auto beats = 4.0 * signature->numerator / signature->denominator;

    if (!isWithin(beats, 0.25, longestBar))
        return;

    time.barBeats = beats;
    time.numerator = signature->numerator;
    time.denominator = signature->denominator;
}
} // namespace

HostTime hostTimeFrom(const juce::AudioPlayHead::PositionInfo& host, double frame,
                      double sampleRate) noexcept
{
    HostTime result;
    const auto tempo = host.getBpm().orFallback(HostTime::defaultTempo);
    result.tempo = std::isfinite(tempo) && tempo > 0.0 ? tempo : 0.0;
    result.beatsPerFrame = result.tempo / (60.0 * juce::jmax(1.0, sampleRate));
    result.beat = host.getPpqPosition().orFallback(frame * result.beatsPerFrame);
    result.isPlaying = host.getIsPlaying() && std::isfinite(result.beat) && result.tempo > 0.0;
    setBar(result, host);
    const auto whole = std::floor(result.beat / result.barBeats) * result.barBeats;
    const auto bar = host.getPpqPositionOfLastBarStart().orFallback(whole);
    const auto isGood = isWithin(result.beat - bar, 0.0, longestBar);
    result.barStart = isGood ? bar : whole;
    return result;
}
} // namespace starling
