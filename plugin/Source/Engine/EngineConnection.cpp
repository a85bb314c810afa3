#include "Engine/EngineConnection.h"

namespace starling
{
namespace
{
constexpr double firstBackoffMs = 500.0, lastBackoffMs = 8000.0;
constexpr double startPatienceMs = 60000.0; // a cold start imports torch from a slow disk
constexpr double startPollMs = 100.0;
constexpr double endedPatienceMs = 2000.0; // it may have ended because another is about to answer
constexpr double silentRestMs = 30000.0;   // an engine that was stuck may have come back
constexpr const char* clientName = "Starling plugin";
constexpr const char* noEngine = "Starling's engine is not set up on this computer: install it as "
                                 "the guide says, or start `starling engine`.";

double now()
{
    return juce::Time::getMillisecondCounterHiRes();
}
} // namespace

void EngineConnection::tick()
{
    if (current == EngineState::connected)
        heartbeat();
    else if (current != EngineState::greeting && now() >= lookAt)
        look();
}

void EngineConnection::look()
{
    hasLooked = true;
    canLaunch = canLaunchEngine();

    if (launchedPid != 0 && hasEnded(launchedPid))
    {
        launchedPid = 0;
        launchEndedAt = now();
    }

    if (const auto address = findEngine(); address && !isSilent(*address))
        return greet(*address);

    if (current == EngineState::starting)
    {
        lookAt = now() + startPollMs;

        if (launchedPid == 0 && now() - launchEndedAt > endedPatienceMs)
            lose("The engine ended as soon as it was started; `starling doctor` says why.");
        else if (now() - launchedAt > startPatienceMs)
            lose("The engine was started but does not answer; `starling doctor` says why.");
    }
    else if (!hasLaunched && canLaunch)
        launch();
    else
    {
        text = hasLaunched ? text : noEngine;
        lookAt = now() + firstBackoffMs; // a look at a file costs nothing, unlike a hello
    }
}

void EngineConnection::launch()
{
    hasLaunched = true;
    launchedAt = now();
    launchedPid = launchEngine();

    if (launchedPid == 0)
        return lose("The engine cannot be started: it is not where it was installed. Install "
                    "Starling once more.");

    current = EngineState::starting;
    text = "Starting the engine...";
    lookAt = now() + startPollMs;
}

void EngineConnection::greet(const EngineAddress& address)
{
    if (!link.open(address.port))
        return lose("No socket could be opened on 127.0.0.1.");

    current = EngineState::greeting;
    text = "Greeting the engine...";
    connectedPid = address.pid;
    Request hello;
    hello.address = protocol::Hello::address;
    hello.values = {address.token, protocol::version, juce::String(clientName)};
    hello.timeoutMs = protocol::silentMs;
    hello.done = [this](const auto& done, const auto&) { welcomed(done); };
    hello.failed = [this, address](const auto& code, const auto& reason)
    { refusedHello(address, code, reason); };
    link.send(std::move(hello));
}

void EngineConnection::refusedHello(const EngineAddress& address, const juce::String& code,
                                    const juce::String& reason)
{
    if (code == EngineLink::lost)
        return;

    if (link.hasReceived())
        return lose("The engine refused: " + reason);

    // The file may be of an engine that ended, its pid now another program's. A new engine can be
    // started safely: while one runs, a second ends by itself.
    silent = address;
    silentUntil = now() + silentRestMs;
    lose("The engine does not answer; looking for another...");
}

bool EngineConnection::isSilent(const EngineAddress& address) const
{
    return address.pid == silent.pid && address.port == silent.port && now() < silentUntil;
}

void EngineConnection::welcomed(const osc::Message& done)
{
    namespace field = protocol::Hello::returns;

    if (done.integer(field::protocol) != protocol::version)
        return lose("The engine speaks protocol " + juce::String(done.integer(field::protocol)) +
                    ", this plugin " + juce::String(protocol::version) +
                    ": install both from the same version.");

    link.joined(done.text(field::secret));
    current = EngineState::connected;
    text = "Engine " + done.text(field::version);
    backoffMs = 0.0;
    pingAt = now() + protocol::heartbeatMs;
    hasLaunched = false; // when it dies, it may be started once more
    onWelcome(juce::File(done.text(field::inbox)));
}

void EngineConnection::heartbeat()
{
    if (link.silenceMs() > protocol::silentMs)
        return lose("The engine stopped answering; looking for it...");

    if (now() < pingAt)
        return;

    pingAt = now() + protocol::heartbeatMs;

    if (const auto address = findEngine(); !address || address->pid != connectedPid)
        return lose("The engine has ended; looking for another...");

    Request ping;
    ping.address = protocol::Ping::address;
    ping.timeoutMs = protocol::silentMs;
    link.send(std::move(ping));
}

void EngineConnection::lose(const juce::String& reason)
{
    current = EngineState::absent;
    text = reason;
    link.close();
    connectedPid = 0;
    backoffMs = juce::jlimit(firstBackoffMs, lastBackoffMs, backoffMs * 2.0);
    lookAt = now() + backoffMs;
    onLost();
}

void EngineConnection::retry()
{
    if (current != EngineState::absent)
        return;

    hasLaunched = false;
    silentUntil = 0.0;
    lookAt = 0.0;
}

bool EngineConnection::isHopeful() const
{
    return current != EngineState::absent || !hasLooked || (!hasLaunched && canLaunch);
}
} // namespace starling
