// Has the engine tune a synth until it sounds like a recording. Worker thread only.
#pragma once

#include "Audio/Bank/SoundBank.h"
#include "Wire/Hit.h"

namespace starling
{
/** What the editor shows of a match. */
struct MatchView
{
    bool isRunning = false, isError = false;
    float fraction = 0.0f;     // 0..1, while it runs
    juce::String text;         // what is going on, or what came of it; a sentence
    juce::String best;         // the best variant so far, in words; empty before the first
    std::vector<Hit> variants; // the best first; presets of the library
    bool isOnKeys = false;     // the keys play the best
};

/** One match at a time. Worker thread only. */
class Matcher
{
  public:
    Matcher(EngineLink& engineLink, SoundBank& soundBank) : link(engineLink), bank(soundBank) {}

    /** Begin with a file in the inbox; `title` is what the user calls it. An empty synth leaves the
        choice to the engine. */
    void start(const juce::File& file, const juce::String& title, const juce::String& synth,
               int budget);

    /** Give up; nothing is stored. */
    void cancel();

    /** Whether the keys play the best found so far, instead of the current sound. */
    void putOnKeys(bool on);

    /** A mark was set or taken away. */
    void markFavourite(int preset, bool on) { starling::markFavourite(shown.variants, preset, on); }

    MatchView view() const;

    std::function<void()> onDone; // the library has new presets

  private:
    void received(const osc::Message& item);
    void done(const osc::Message& reply, const Items& items);
    void playBest(std::optional<int> since);
    void end(const juce::String& sentence, bool isError);

    EngineLink& link;
    SoundBank& bank;
    MatchView shown;
    juce::String target;
    SoundPointer best;
    bool playsBest = true;
    int running = 0, era = 0; // of the request
};
} // namespace starling
