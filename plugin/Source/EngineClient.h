// The worker thread beside the audio thread: finds or starts the engine, keeps the session alive,
// and runs everything that talks to it. No function here is for the audio thread except isHopeful.
#pragma once

#include "Capture.h"
#include "EngineFiles.h"
#include "PresetSearch.h"
#include "SoundFetcher.h"

namespace starling
{
enum class EngineState
{
    absent,   // no engine runs
    starting, // we started one and wait for its engine.json
    greeting, // hello is on its way
    connected
};

/** What the editor shows; a copy, so that no lock is held while painting. */
struct EngineView
{
    EngineState state = EngineState::absent;
    juce::String sentence;   // about the connection
    juce::String soundError; // why the sound could not be made; empty when it could
    bool isGenerating = false;
    std::vector<ModelSpec> models;
    SearchView search;
};

class EngineClient : private juce::Thread
{
  public:
    EngineClient(Parameters& params, ModelTable& modelTable, SoundBank& soundBank, Player& player,
                 Capture& sideChain);
    ~EngineClient() override;

    /** Start the worker unless it runs. Never called while a host scans plugins: only from
        prepareToPlay and when the editor opens. */
    void start();

    /** Run something on the worker, in order. */
    void post(std::function<void()> job);

    EngineView view() const;

    /** Audio thread: whether waiting for a sound in a bounce makes sense. */
    bool isHopeful() const noexcept { return hopeful.load(); }

    /** Audio thread: a block was processed. */
    void audioRan(bool isBouncing) noexcept
    {
        blocks.fetch_add(1, std::memory_order_relaxed);
        bouncing.store(isBouncing, std::memory_order_relaxed);
    }

    // -- for jobs given to post() --------------------------------------------------------------
    PresetSearch search;
    SoundFetcher fetcher;
    void startCapture() { capture.start(); }
    void stopCapture();
    void retry(); // the user insists: forget what was refused, look for the engine at once

  private:
    void run() override;
    void runJobs();
    int restMs();
    void tickConnection();
    void look();
    void launch();
    void greet(const EngineAddress& address);
    void welcomed(const osc::Message& done);
    void heartbeat();
    void askModels();
    void learnModels(const Items& items);
    void lose(const juce::String& sentence);
    void releaseSounds();
    void show();

    Parameters& parameters;
    ModelTable& models;
    SoundBank& bank;
    Capture& capture;
    EngineLink link;

    EngineState state = EngineState::absent;
    juce::String sentence;
    double lookAt = 0.0, pingAt = 0.0, showAt = 0.0, audioRanAt = 0.0, launchedAt = 0.0,
           backoffMs = 0.0;
    int launchedPid = 0, connectedPid = 0, lastBlocks = 0;
    bool launched = false, looked = false, modelsKnown = false;

    std::atomic<bool> hopeful{true}, bouncing{false};
    std::atomic<int> blocks{0};

    mutable std::mutex mutex; // between the worker and the editor
    std::vector<std::function<void()>> jobs;
    EngineView shown;
};
} // namespace starling
