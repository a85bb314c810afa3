// How soon a key is heard as a texture, and whether two held ones run dry, with a running engine.
#include "harness/session.h"

#include <algorithm>

namespace harness
{
namespace
{
constexpr int notes = 20, lowest = 48;
constexpr int heldKeys[] = {60, 67}; // the second takes half as much again
constexpr float quiet = 1e-5f;
constexpr double restSeconds = 0.3; // a release, and the engine's rest between two notes

/** Milliseconds from the block with the note-on to the first block with sound; -1 when none came.
 */
double oneNote(Session& session, int key)
{
    auto& host = session.host;
    const auto sounds = [&host] { return host.audio.getMagnitude(0, Host::block) > quiet; };
    const auto began = juce::Time::getMillisecondCounterHiRes();
    host.process(noteOn(key));
    const auto came = host.waitUntil(sounds, Session::patience);
    const auto took = juce::Time::getMillisecondCounterHiRes() - began;
    host.process(noteOff(key));
    session.rest(restSeconds);
    return came ? took : -1.0;
}

/** Hold both keys; the least that was ahead of the newest, in milliseconds. */
double hold(Session& session, double seconds)
{
    const auto& display = session.host.plugin.player.textures.display;
    auto least = 1e9;

    for (const auto key : heldKeys)
        session.host.process(noteOn(key));

    session.rest(1.0); // both have begun
    session.host.waitUntil(
        [&]
        {
            least = juce::jmin(least, 1000.0 * static_cast<double>(display.ahead.load()));
            return false;
        },
        seconds);
    return least;
}
} // namespace

int measureTextures(const Arguments& arguments)
{
    const auto seconds = juce::jmax(1, arguments[0].getIntValue());
    Session session;
    auto& host = session.host;
    const auto& display = host.plugin.player.textures.display;

    if (!session.connect() ||
        !host.waitUntil([&] { return !host.plugin.engine.view().texture.models.empty(); },
                        Session::patience))
    {
        std::printf("no engine with a texture answered\n");
        return 1;
    }
    host.set("texture", 1.0f);
    host.set("release", 0.05f);
    oneNote(session, lowest); // the model is loaded by then
    std::vector<double> times;

    for (int n = 0; n < notes; ++n)
        times.push_back(oneNote(session, lowest + n));

    std::sort(times.begin(), times.end());
    const auto before = display.gaps.load();
    const auto least = hold(session, seconds);
    const auto held = display.voices.load();
    const juce::var said = host.plugin.engine.view().texture.message; // why fewer are held
    std::printf("{\"first_p50_ms\": %.1f, \"first_max_ms\": %.1f, \"n\": %d, \"seconds\": %d, "
                "\"held\": %d, \"gaps\": %d, \"least_ahead_ms\": %.1f, \"text\": %s}\n",
                times[notes / 2], times.back(), notes, seconds, held, display.gaps.load() - before,
                least, juce::JSON::toString(said).toRawUTF8());
    return times.front() >= 0.0 ? 0 : 1;
}
} // namespace harness
