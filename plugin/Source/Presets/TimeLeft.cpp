#include "Presets/TimeLeft.h"

namespace starling
{
namespace
{
constexpr int fewestReports = 3;      // the first parts pay for what starts up
constexpr double steadyMs = 4000.0;   // sooner, one slow preset is half of it
constexpr double secondsStep = 10.0;  // finer figures would only jump
constexpr double mostSeconds = 90.0;  // then minutes
constexpr double mostMinutes = 100.0; // then hours
} // namespace

void TimeLeft::report(float fraction, double atMs)
{
    if (reports == 0 || fraction < last)
    {
        first = fraction;
        firstMs = atMs;
        reports = 0;
    }
    last = fraction;
    lastMs = atMs;
    ++reports;
}

juce::String TimeLeft::text() const
{
    if (reports < fewestReports || lastMs - firstMs < steadyMs || last <= first)
        return {};

    const auto left = (1.0 - last) * (lastMs - firstMs) / (last - first) / 1000.0;

    if (left < secondsStep)
        return "A few seconds left";

    if (left < mostSeconds)
        return "About " + juce::String(secondsStep * std::ceil(left / secondsStep), 0) +
               " seconds left";

    if (const auto minutes = left / 60.0; minutes < mostMinutes)
        return "About " + juce::String(juce::roundToInt(minutes)) + " minutes left";

    return "About " + juce::String(juce::roundToInt(left / 3600.0)) + " hours left";
}
} // namespace starling
