#include "EngineConnection.h"

namespace starling
{
namespace
{
constexpr double firstBackoffMs = 500.0, lastBackoffMs = 8000.0;
constexpr double startPatienceMs = 60000.0; // a cold start imports torch from a slow disk
constexpr double startPollMs = 100.0;
constexpr const char* clientName = "Starling plugin";
constexpr const char* noEngine = "No engine. Run `python3 build.py install` in Starling's folder, "
                                 "or start it with `starling engine`.";

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
    reap(launchedPid);
    hasLooked = true;

    if (const auto address = findEngine())
        return greet(*address);

    if (current == EngineState::starting)
    {
        lookAt = now() + startPollMs;

        if (now() - launchedAt > startPatienceMs)
            lose("The engine was started but does not answer; `starling doctor` says why.");
    }
    else if (!hasLaunched && canLaunchEngine())
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
        return lose("The engine's command in launch.json does not run; run `python3 build.py "
                    "install` again.");

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
    hello.failed = [this](const auto& code, const auto& reason)
    {
        if (code != EngineLink::lost)
            lose("The engine refused: " + reason);
    };
    link.send(std::move(hello));
}

void EngineConnection::welcomed(const osc::Message& done)
{
    namespace field = protocol::Hello::returns;

    if (done.integer(field::protocol) != protocol::version)
        return lose("The engine speaks protocol " + juce::String(done.integer(field::protocol)) +
                    ", this plugin " + juce::String(protocol::version) +
                    ": install both from the same version.");

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
    ping.failed = [this](const auto& code, const auto&)
    {
        if (code == protocol::code::noHello)
            lose("The engine does not know us any more; greeting it again...");
    };
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
    lookAt = 0.0;
}

bool EngineConnection::isHopeful() const
{
    return current != EngineState::absent || !hasLooked || (!hasLaunched && canLaunchEngine());
}
} // namespace starling
