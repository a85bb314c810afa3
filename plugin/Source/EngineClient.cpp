#include "EngineClient.h"

namespace starling
{
namespace
{
constexpr double firstBackoffMs = 500.0, lastBackoffMs = 8000.0;
constexpr double startPatienceMs = 60000.0; // a cold start imports torch from a slow disk
constexpr double startPollMs = 100.0;
constexpr int busyRestMs = 2;       // Fresh mode: a note's wish leaves within this
constexpr int idleRestMs = 15;      // knobs and buttons
constexpr double playingMs = 500.0; // longer than any block
constexpr double showMs = 30.0;
constexpr const char* lost = EngineLink::lost;
constexpr const char* clientName = "Starling plugin";

const juce::String noEngine = "No engine. Run `python3 build.py install` in Starling's folder, or "
                              "start it with `starling engine`.";

double now()
{
    return juce::Time::getMillisecondCounterHiRes();
}
} // namespace

EngineClient::EngineClient(Parameters& params, ModelTable& modelTable, SoundBank& soundBank,
                           Player& player, Capture& sideChain)
    : juce::Thread("Starling engine client"),
      search(link, soundBank),
      fetcher(link, modelTable, soundBank, params, player),
      parameters(params),
      models(modelTable),
      bank(soundBank),
      capture(sideChain),
      sentence("Looking for the engine...")
{
}

EngineClient::~EngineClient()
{
    stopThread(5000);
}

void EngineClient::start()
{
    if (!isThreadRunning())
        startThread();
}

void EngineClient::post(std::function<void()> job)
{
    const std::lock_guard lock(mutex);
    jobs.push_back(std::move(job));
}

EngineView EngineClient::view() const
{
    const std::lock_guard lock(mutex);
    return shown;
}

void EngineClient::run()
{
    while (!threadShouldExit())
    {
        if (link.isOpen())
            link.poll(restMs()); // sleeps until something comes
        else
            wait(restMs());

        runJobs();
        tickConnection();
        fetcher.tick(modelsKnown, bouncing);

        if (capture.tick())
            stopCapture();

        releaseSounds();
        show();
    }
    link.close();
}

void EngineClient::runJobs()
{
    std::vector<std::function<void()>> due;
    {
        const std::lock_guard lock(mutex);
        due.swap(jobs);
    }

    for (auto& job : due)
        job();
}

int EngineClient::restMs()
{
    if (const auto ran = blocks.load(); std::exchange(lastBlocks, ran) != ran)
        audioRanAt = now();

    const auto playing = now() - audioRanAt < playingMs;
    const auto fresh = parameters.value(indexOf(param::mode)) >= 0.5f;
    return bouncing || (playing && fresh) ? busyRestMs : idleRestMs;
}

void EngineClient::tickConnection()
{
    if (state == EngineState::connected)
        return heartbeat();

    if (state != EngineState::greeting && now() >= lookAt)
        look();
}

void EngineClient::look()
{
    reap(launchedPid);
    looked = true;

    if (const auto address = findEngine())
        return greet(*address);

    if (state == EngineState::starting)
    {
        lookAt = now() + startPollMs;

        if (now() - launchedAt > startPatienceMs)
            lose("The engine was started but does not answer; `starling doctor` says why.");
    }
    else if (!launched && canLaunchEngine())
        launch();
    else
    {
        sentence = launched ? sentence : noEngine;
        lookAt = now() + firstBackoffMs; // a look at a file costs nothing, unlike a hello
    }
}

void EngineClient::launch()
{
    launched = true;
    launchedAt = now();
    launchedPid = launchEngine();

    if (launchedPid == 0)
        return lose("The engine's command in launch.json does not run; run `python3 build.py "
                    "install` again.");

    state = EngineState::starting;
    sentence = "Starting the engine...";
    lookAt = now() + startPollMs;
}

void EngineClient::greet(const EngineAddress& address)
{
    if (!link.open(address.port))
        return lose("No socket could be opened on 127.0.0.1.");

    state = EngineState::greeting;
    sentence = "Greeting the engine...";
    connectedPid = address.pid;
    Request hello;
    hello.address = protocol::Hello::address;
    hello.values = {address.token, protocol::version, juce::String(clientName)};
    hello.timeoutMs = protocol::silentMs;
    hello.done = [this](const auto& done, const auto&) { welcomed(done); };
    hello.failed = [this](const auto& code, const auto& reason)
    {
        if (code != lost)
            lose("The engine refused: " + reason);
    };
    link.send(std::move(hello));
}

void EngineClient::welcomed(const osc::Message& done)
{
    namespace field = protocol::Hello::returns;

    if (done.integer(field::protocol) != protocol::version)
        return lose("The engine speaks protocol " + juce::String(done.integer(field::protocol)) +
                    ", this plugin " + juce::String(protocol::version) +
                    ": install both from the same version.");

    state = EngineState::connected;
    sentence = "Engine " + done.text(field::version);
    backoffMs = 0.0;
    pingAt = now() + protocol::heartbeatMs;
    launched = false; // when it dies, it may be started once more
    search.setInbox(juce::File(done.text(field::inbox)));
    askModels();
}

void EngineClient::heartbeat()
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

void EngineClient::askModels()
{
    Request request;
    request.address = protocol::Models::address;
    request.countField = protocol::Models::returns::count;
    request.done = [this](const auto&, const Items& items) { learnModels(items); };
    request.failed = [this](const auto& code, const auto& reason)
    {
        if (code != lost)
            lose("The engine does not list its models: " + reason);
    };
    link.send(std::move(request));
}

void EngineClient::learnModels(const Items& items)
{
    namespace field = protocol::Models::items;
    std::vector<ModelSpec> list;

    for (const auto& [index, item] : items)
        list.push_back({item.text(field::model), item.text(field::title), item.text(field::weights),
                        item.text(field::controls), true});

    models.merge(list);
    modelsKnown = true;
    fetcher.retryFailed();
    const auto model = models.at(parameters.wanted().model);

    if (!model)
        return;

    const auto controls = model->controls();

    for (size_t n = 0; n < controls.size(); ++n) // a new instance begins at the model's defaults
        if (const auto index = indexOf(param::control1) + static_cast<int>(n);
            !parameters.isTouched(index))
            parameters.setQuietly(index, controls[n].toParameter(controls[n].defaultValue));
}

void EngineClient::lose(const juce::String& reason)
{
    state = EngineState::absent;
    modelsKnown = false;
    sentence = reason;
    link.close();
    fetcher.forgetRequests();
    models.engineGone();
    connectedPid = 0;
    backoffMs = juce::jlimit(firstBackoffMs, lastBackoffMs, backoffMs * 2.0);
    lookAt = now() + backoffMs;
}

void EngineClient::stopCapture()
{
    const auto file =
        search.newInboxFile("side-chain.wav"); // shows an error when there is no engine
    const auto recorded = capture.stop(file.value_or(juce::File()));

    if (!file)
        return;

    if (recorded)
        search.byInboxFile(*file, "the side-chain", {});
    else
        search.show("The side-chain brought no sound: route a track to Starling's side-chain "
                    "input and record again.",
                    true);
}

void EngineClient::retry()
{
    fetcher.retryFailed();

    if (state == EngineState::absent)
    {
        launched = false;
        lookAt = 0.0;
    }
}

void EngineClient::releaseSounds()
{
    for (const auto& id : bank.collect())
        if (state == EngineState::connected)
            link.send({protocol::Release::address, {id}, {}, {}, {}, -1, 5000.0});
}

void EngineClient::show()
{
    if (now() < showAt)
        return;

    showAt = now() + showMs;
    hopeful = state != EngineState::absent || !looked || (!launched && canLaunchEngine());
    const std::lock_guard lock(mutex);
    shown.state = state;
    shown.sentence = sentence;
    shown.soundError = fetcher.error();
    shown.isGenerating = fetcher.isBusy();
    shown.models = models.list();
    shown.search = search.view();
}
} // namespace starling
