// Finds the engine or starts it, greets it, notices its end and looks for it again. Worker thread.
#pragma once

#include "Engine/EngineFiles.h"
#include "Engine/EngineLink.h"

namespace starling
{
/** How far the connection is. */
enum class EngineState
{
    absent,   // no engine runs
    starting, // we started one and wait for its engine.json
    greeting, // hello is on its way
    connected
};

/** The way from no engine to one that answers, and back. Worker thread only. */
class EngineConnection
{
  public:
    explicit EngineConnection(EngineLink& engineLink) : link(engineLink) {}

    std::function<void(const juce::File& inbox)> onWelcome;
    std::function<void()> onLost;

    /** Do what is due: look, greet, or ping. */
    void tick();

    /** Look at once, and start an engine even if that failed before. */
    void retry();

    /** Give up this connection for a reason, as a sentence; the next try comes by itself. */
    void lose(const juce::String& reason);

    EngineState state() const { return current; }
    const juce::String& sentence() const { return text; }

    /** Whether it is the user's turn to have the engine started: by itself it was in vain. */
    bool canStart() const { return current == EngineState::absent && hasLaunched && canLaunch; }

    /** Whether an engine may still answer without the user doing anything. */
    bool isHopeful() const;

  private:
    void look();
    void launch();
    void greet(const EngineAddress& address);
    void refusedHello(const EngineAddress& address, const juce::String& code,
                      const juce::String& reason);
    bool isSilent(const EngineAddress& address) const;
    void welcomed(const osc::Message& done);
    void heartbeat();

    EngineLink& link;
    EngineState current = EngineState::absent;
    juce::String text{"Looking for the engine..."};
    double lookAt = 0.0, pingAt = 0.0, launchedAt = 0.0, backoffMs = 0.0;
    double launchEndedAt = 0.0, silentUntil = 0.0;
    int launchedPid = 0, connectedPid = 0;
    EngineAddress silent; // answered no hello: its engine.json is stale, or it is stuck
    bool hasLaunched = false, hasLooked = false, canLaunch = false;
};
} // namespace starling
