// The worker thread beside the audio thread: it runs everything that talks to the engine. No
// function here is for the audio thread, except isHopeful and audioRan.
#pragma once

#include "Audio/Playing/Capture.h"
#include "Engine/EngineConnection.h"
#include "Music/Composer.h"
#include "Presets/Matcher.h"
#include "Presets/PresetScan.h"
#include "Presets/PresetSearch.h"
#include "Sounds/Morpher.h"
#include "Sounds/SoundFetcher.h"
#include "Sounds/Textures/TextureStreams.h"
#include "Sounds/Variations.h"
#include "Sounds/ZoneFetcher.h"

namespace starling
{
/** What the editor shows; a copy, so that no lock is held while painting. */
struct EngineView
{
    EngineState state = EngineState::absent;
    juce::String sentence;   // about the connection
    juce::String soundError; // why the sound could not be made; empty when it could
    bool isGenerating = false;
    bool canStart = false; // the user can have the engine started
    std::vector<ModelSpec> models;
    SearchView search;
    ScanView scan;
    MatchView match;
    DeskView desk;
    VariationsView variations;
    MorphView morph;
    PaletteContents palette;
    TextureView texture;
    ComposeView compose;

    bool isConnected() const { return state == EngineState::connected; }
};

/** The worker. Other threads call start(), post() and view(); what is given to post() runs on it.
 */
class EngineClient : private juce::Thread
{
  public:
    EngineClient(Parameters& params, ModelTable& modelTable, ModelTable& textureTable,
                 SoundBank& soundBank, Player& player, Capture& sideChain, Palette& palette,
                 ComposeChoices& choices, PhraseRecorder& phrases);
    ~EngineClient() override;

    /** Start the worker unless it runs. Never called while a host scans plugins: only from
        prepareToPlay and when the editor opens. */
    void start();

    /** End the worker for good; waits for it. */
    void stop();

    /** Run something on the worker, in order. */
    void post(std::function<void()> job);

    /** Called in every round of the worker, 10 to 500 a second; set before start(). */
    std::function<void()> onRound = [] {};

    EngineView view() const;

    /** Audio thread: whether waiting for a sound in a bounce makes sense. */
    bool isHopeful() const noexcept { return hopeful.load(); }

    /** Audio thread: a block was processed, with the host's transport running or not. */
    void audioRan(bool isBouncing, bool isTransportRunning) noexcept
    {
        blocks.fetch_add(1, std::memory_order_relaxed);
        bouncing.store(isBouncing, std::memory_order_relaxed);
        transport.store(isTransportRunning, std::memory_order_relaxed);
    }

  private:
    EngineLink link;
    EngineConnection connection{link};
    Inbox inbox;
    ZoneFetcher zones;

  public:
    // -- for jobs given to post() --------------------------------------------------------------
    PresetSearch search;
    PresetScan scan;
    Matcher matcher;
    SoundFetcher fetcher;
    SoundDesk desk;
    Variations variations;
    Morpher morpher;
    TextureStreams textures;
    Composer composer;
    void startCapture() { capture.start(); }
    void stopCapture(const SearchTerms& terms);

    /** Match what was dropped, chosen or captured last. */
    void match(const juce::String& synth, int budget);
    void retry(); // the user insists: forget what was refused, look for the engine at once

  private:
    void run() override;
    void connectParts();
    void runJobs();
    void rest();
    void doze();
    int restMs();
    bool isIdle() const;
    void requestModels();
    void learnModels(const Items& items);
    void renewModels();
    void forgetEngine();
    void releaseSounds();
    juce::String soundError() const;
    void show();

    Parameters& parameters;
    ModelTable& models;
    SoundBank& bank;
    Capture& capture;
    Palette& palette;
    double showAt = 0.0, audioRanAt = 0.0, requestModelsAt = 0.0;
    int lastBlocks = 0;
    bool modelsKnown = false, isRequestingModels = false, playing = false;
    std::vector<ModelSpec> engineModels; // the engine's last list

    std::atomic<bool> hopeful{true}, bouncing{false}, transport{false};
    mutable std::atomic<double> viewedAt{-1.0e9}; // when the editor looked last, in ms
    std::atomic<int> blocks{0};

    mutable std::mutex mutex; // between the worker and the editor
    std::vector<std::function<void()>> jobs;
    EngineView shown;
};
} // namespace starling
