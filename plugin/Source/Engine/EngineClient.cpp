#include "Engine/EngineClient.h"

namespace starling
{
namespace
{
constexpr double playingMs = 500.0; // longer than any block
constexpr double showMs = 30.0;
constexpr double modelsMs = 5000.0; // between two looks for models that were trained meanwhile
constexpr int busyRestMs = 2;       // a note's request leaves within this
constexpr int idleRestMs = 15;      // knobs and buttons
constexpr int dozeRests = 7;        // so many of them while nobody looks or plays
constexpr double viewedMs = 1000.0; // an open editor looks 15 times a second

double now()
{
    return juce::Time::getMillisecondCounterHiRes();
}
} // namespace

EngineClient::EngineClient(Parameters& params, ModelTable& modelTable, ModelTable& textureTable,
                           SoundBank& soundBank, Player& player, Capture& sideChain,
                           Palette& soundPalette, ComposeChoices& choices, PhraseRecorder& phrases)
    : juce::Thread("Starling engine client"),
      zones(link, soundBank, params),
      search(link, soundBank, inbox),
      scan(link),
      matcher(link, soundBank),
      fetcher(link, modelTable, soundBank, params, player),
      desk(link, params, modelTable, soundBank, soundPalette, inbox),
      variations(link, soundBank, soundPalette),
      morpher(link, soundPalette, desk),
      textures(link, textureTable, params, player.textures, soundPalette, inbox, desk),
      composer(link, params, player.chips.song, phrases, choices, inbox),
      parameters(params),
      models(modelTable),
      bank(soundBank),
      capture(sideChain),
      palette(soundPalette)
{
    shown.sentence = connection.sentence();
    connectParts();
}

void EngineClient::connectParts()
{
    connection.onWelcome = [this](const juce::File& folder)
    {
        inbox.setFolder(folder);
        requestModels();
        search.askFacets();
    };
    connection.onLost = [this] { forgetEngine(); };
    fetcher.onZoneRequest = [this](const SoundKey& soundKey) { zones.request(soundKey); };
    zones.onSound = [this](SoundPointer sound) { fetcher.encodeLater(std::move(sound)); };
    search.onFavourite = [this](int preset, bool on) { matcher.markFavourite(preset, on); };
    desk.onKept = [this](SoundPointer sound) { fetcher.encodeLater(std::move(sound)); };
    matcher.onDone = [this] { search.askFacets(); };
    scan.onProgress = [this]
    {
        if (search.view().isLibraryEmpty) // what was scanned so far can be searched
            search.askFacets();
    };
    scan.onEnd = [this](const auto& sentence, bool isError)
    {
        search.show(sentence, isError);

        if (link.isOpen())
            search.askFacets();
    };
}

EngineClient::~EngineClient()
{
    stop();
}

void EngineClient::stop()
{
    stopThread(-1); // every job ends soon after a signal; ending one by force is never safe
}

void EngineClient::start()
{
    if (!isThreadRunning())
        startThread();
}

void EngineClient::post(std::function<void()> job)
{
    {
        const std::lock_guard lock(mutex);
        jobs.push_back(std::move(job));
    }
    notify(); // it may doze
}

EngineView EngineClient::view() const
{
    viewedAt = now();
    const std::lock_guard lock(mutex);
    return shown;
}

void EngineClient::run()
{
    while (!threadShouldExit())
    {
        rest();
        runJobs();
        connection.tick();
        fetcher.tick(modelsKnown, bouncing && playing);
        zones.tick(modelsKnown);
        variations.tick(modelsKnown);
        morpher.tick(modelsKnown);
        textures.tick(modelsKnown);
        composer.tick(modelsKnown);
        desk.tick();
        renewModels();

        if (capture.tick())
            stopCapture({});

        releaseSounds();
        show();
        onRound();
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

/** Sleep until something comes, or is due. */
void EngineClient::rest()
{
    const auto milliseconds = restMs();

    if (isIdle())
    {
        doze();
        return link.poll(0);
    }
    if (!link.isOpen())
        wait(milliseconds);

    link.poll(milliseconds);
}

/** Leave the round's work for longer, but no job and no knob that chooses another sound. */
void EngineClient::doze()
{
    const auto soundKey = parameters.soundKey();

    for (int n = 0; n < dozeRests && isIdle(); ++n)
        if (wait(idleRestMs) || parameters.soundKey() != soundKey)
            return;
}

/** Whether nobody looks, plays or waits for anything. */
bool EngineClient::isIdle() const
{
    const auto settings = parameters.playerSettings();
    return now() - viewedAt > viewedMs && !link.isWaiting() && !capture.isRecording() &&
           !bouncing && !transport && !settings.fresh && !settings.texture && !fetcher.isTurning();
}

int EngineClient::restMs()
{
    if (const auto ran = blocks.load(); std::exchange(lastBlocks, ran) != ran)
        audioRanAt = now();

    playing = now() - audioRanAt < playingMs;
    const auto settings = parameters.playerSettings();
    const auto isUrgent = bouncing || settings.fresh || settings.texture;
    return textures.isBusy() || (playing && isUrgent) ? busyRestMs : idleRestMs;
}

void EngineClient::requestModels()
{
    isRequestingModels = true;
    Request request;
    request.address = protocol::Models::address;
    request.countField = protocol::Models::returns::count;
    request.done = [this](const auto&, const Items& items) { learnModels(items); };
    request.failed = [this](const auto& code, const auto& reason)
    {
        isRequestingModels = false;
        requestModelsAt = now() + modelsMs;

        if (code != EngineLink::lost && !modelsKnown)
            connection.lose("The engine does not list its models: " + reason);
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

    isRequestingModels = false;
    requestModelsAt = now() + modelsMs;

    if (modelsKnown && list == engineModels)
        return;

    engineModels = list;
    models.merge(list);
    modelsKnown = true;
    fetcher.retryFailed();
    zones.retryFailed();
    const auto model = models.at(parameters.soundKey().model);

    if (!model)
        return;

    const auto controls = model->controls();

    for (size_t n = 0; n < controls.size(); ++n) // a new instance begins at the model's defaults
        if (const auto index = indexOf(param::control1) + static_cast<int>(n);
            !parameters.isTouched(index))
            parameters.setQuietly(index, controls[n].toParameter(controls[n].defaultValue));
}

/** A model that was trained while we run is listed without a restart. */
void EngineClient::renewModels()
{
    if (modelsKnown && !isRequestingModels && now() >= requestModelsAt)
        requestModels();
}

void EngineClient::forgetEngine()
{
    modelsKnown = false;
    inbox.setFolder({});
    fetcher.forgetRequests();
    zones.forgetRequests();
    variations.forgetRequests();
    morpher.forgetRequests();
    textures.forgetRequests();
    composer.forgetRequests();
    models.engineGone();
}

void EngineClient::stopCapture(const SearchTerms& terms)
{
    const auto file = inbox.newFile("side-chain.wav");
    const auto kept = juce::File::getSpecialLocation(juce::File::tempDirectory)
                          .getNonexistentChildFile("starling-side-chain", ".wav", false);

    if (!capture.stop(file.value_or(kept)))
        search.show("The side-chain brought no sound: route a track to Starling's side-chain "
                    "input and record again.",
                    true);
    else if (file)
        search.byInboxFile(*file, "the side-chain", terms);
    else // what was played is not lost with the engine
        search.show("The engine is not connected. The recording is kept; search with this file "
                    "once it is: " +
                        kept.getFullPathName(),
                    true);
}

void EngineClient::match(const juce::String& synth, int budget)
{
    search.show({}, false); // earlier messages are not about this

    if (const auto file = search.target())
        matcher.start(*file, search.view().target, synth, budget);
}

void EngineClient::retry()
{
    fetcher.retryFailed();
    zones.retryFailed();
    connection.retry();
}

void EngineClient::releaseSounds()
{
    for (const auto& id : bank.collect())
        if (connection.state() == EngineState::connected)
            link.send({protocol::Release::address, {id}, {}, {}, {}, -1, 5000.0});
}

juce::String EngineClient::soundError() const
{
    for (const auto& error : {fetcher.error(), zones.error(), textures.error()})
        if (error.isNotEmpty())
            return error;

    return {};
}

void EngineClient::show()
{
    if (now() < showAt)
        return;

    showAt = now() + showMs;
    hopeful = connection.isHopeful();
    const std::lock_guard lock(mutex);
    shown.state = connection.state();
    shown.sentence = connection.sentence();
    shown.canStart = connection.canStart();
    shown.soundError = soundError();
    shown.isGenerating = fetcher.isBusy();
    shown.models = models.list();
    shown.search = search.view();
    shown.scan = scan.view();
    shown.match = matcher.view();
    shown.desk = desk.view();
    shown.variations = variations.view();
    shown.morph = morpher.view();
    shown.palette = palette.contents();
    shown.texture = textures.view();
    shown.compose = composer.view();
}
} // namespace starling
