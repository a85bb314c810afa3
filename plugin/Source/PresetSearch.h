// Searching, auditioning and exporting presets through the engine. Worker thread only.
#pragma once

#include "EngineLink.h"
#include "SoundBank.h"

namespace starling
{
/** One preset that was found. */
struct Hit
{
    int preset = 0;
    juce::String name, synth, bank, tags;
    float score = 0.0f; // 1 is the same sound; 0 for a search by words
};

/** What the editor shows of a search. */
struct SearchView
{
    juce::String title;   // what was searched for
    juce::String message; // what is going on, or what came of it; a sentence
    bool isError = false, isBusy = false;
    std::vector<Hit> hits;
    int auditioned = 0; // the preset heard last
};

class PresetSearch
{
  public:
    PresetSearch(EngineLink& engineLink, SoundBank& soundBank) : link(engineLink), bank(soundBank)
    {
    }

    /** Where the engine reads files that we name; from its hello. */
    void setInbox(const juce::File& folder) { inbox = folder; }

    /** A new file in the inbox to write to; an error is shown when there is none. */
    std::optional<juce::File> newInboxFile(const juce::String& name);

    void byFile(const juce::File& file, const juce::String& filter);
    void byInboxFile(const juce::File& file, const juce::String& title, const juce::String& filter);
    void byPreset(const Hit& hit, const juce::String& filter);
    void byWords(const juce::String& words);

    /** Render a hit and play it once. */
    void audition(const Hit& hit, int note);

    /** Render a hit and make it the current sound, as long as the parameters stay at `wanted`. */
    void use(const Hit& hit, int note, const Wanted& wanted);
    void exportPreset(const Hit& hit);
    void scan();
    void cancel();
    void show(const juce::String& message, bool isError);

    const SearchView& view() const { return shown; }

  private:
    void search(Request request, const juce::String& title);
    void run(Request request, const juce::String& message);
    void render(const Hit& hit, int note, std::function<void(SoundPointer)> done);

    EngineLink& link;
    SoundBank& bank;
    juce::File inbox;
    SearchView shown;
    int running = 0;
};
} // namespace starling
