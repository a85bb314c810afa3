// A host whose plugin has found the engine, and what its editor would show and request.
#pragma once

#include "harness/harness.h"

namespace harness
{
struct Session
{
    static constexpr double patience = 60.0;

    Host host;

    starling::EngineState state() { return host.plugin.engine.view().state; }
    starling::SearchView view() { return host.plugin.engine.view().search; }
    starling::MatchView match() { return host.plugin.engine.view().match; }

    bool connect();

    /** Run something on the worker, as a button does, and wait until the view was renewed. */
    void post(std::function<void(starling::EngineClient&)> job);

    /** Request as a button does and wait until the answer is shown. */
    starling::SearchView ask(std::function<void(starling::PresetSearch&)> job);

    void run(std::function<void(starling::EngineClient&)> job);

    /** Let the audio run for a while. */
    void rest(double seconds);
};

/** A second of a tone with three partials, as a WAV file; the engine's say of which recipe. */
void writeTone(const juce::File& file, double frequency, const juce::String& recipe = {});
} // namespace harness
