// How long a note waits for a sound that is not held, with a running engine.
#include "harness/harness.h"

#include <algorithm>
#include <numeric>

namespace harness
{
namespace
{
constexpr double connectSeconds = 60.0; // a cold engine loads its model first
constexpr double lostSeconds = 10.0;
constexpr double never = 1000.0 * lostSeconds; // a lost note counts in the percentiles
constexpr double gapSeconds = 0.25; // a fast player's notes; prefetching happens in between

bool isReady(Host& host)
{
    return host.plugin.engine.view().state == starling::EngineState::connected &&
           host.plugin.bank.current().sound != nullptr;
}

/** Milliseconds from the block with the note-on to the block that can play its
 * sound; `never` when none came. */
double oneNote(Host& host, int key)
{
    const auto soundKey = host.plugin.parameters.soundKey().forKey(key, 0);
    const auto began = juce::Time::getMillisecondCounterHiRes();
    host.process(noteOn(key));
    const auto came = host.waitUntil([&] { return host.plugin.bank.holds(soundKey); }, lostSeconds);
    const auto took = juce::Time::getMillisecondCounterHiRes() - began;
    host.process(noteOff(key));
    host.waitUntil([] { return false; }, gapSeconds);
    return came ? juce::jmin(took, never - 1.0) : never;
}

std::vector<double> series(int count, int variation)
{
    Host host;
    host.set("mode", 1.0f);
    host.set("variation", static_cast<float>(variation));
    std::vector<double> times;

    if (!host.waitUntil([&] { return isReady(host); }, connectSeconds))
        return times;

    for (int i = 0; i < count; ++i)
        times.push_back(oneNote(host, i % starling::SoundBank::keys));

    return times;
}

double percentile(std::vector<double> values, double part)
{
    std::sort(values.begin(), values.end());
    const auto index = part * static_cast<double>(values.size() - 1);
    return values[static_cast<size_t>(std::lround(index))];
}
} // namespace

int measureRoundtrip(const Arguments& arguments)
{
    const auto count = juce::jlimit(1, starling::SoundBank::keys, arguments[0].getIntValue());
    const auto variation = juce::Random::getSystemRandom().nextInt(999999); // not in the store yet
    const auto misses = series(count, variation);
    const auto hits = series(count, variation); // a new instance holds nothing, the store does

    if (misses.empty() || hits.empty())
    {
        std::printf("no engine answered within %.0f s\n", connectSeconds);
        return 1;
    }

    const auto lost = std::count(misses.begin(), misses.end(), never) +
                      std::count(hits.begin(), hits.end(), never);
    std::printf("{\"p50_ms\": %.2f, \"p95_ms\": %.2f, \"max_ms\": %.2f, "
                "\"hit_p50_ms\": %.2f, "
                "\"hit_p95_ms\": %.2f, \"n\": %d, \"lost\": %d}\n",
                percentile(misses, 0.5), percentile(misses, 0.95), percentile(misses, 1.0),
                percentile(hits, 0.5), percentile(hits, 0.95), count, static_cast<int>(lost));
    return lost == 0 ? 0 : 1;
}
} // namespace harness
