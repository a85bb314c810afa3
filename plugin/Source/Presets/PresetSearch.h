// Searching, auditioning, marking and exporting presets through the engine. Worker thread only.
#pragma once

#include "Audio/Bank/SoundBank.h"
#include "Engine/Inbox.h"
#include "Presets/FileShape.h"
#include "Presets/SearchTerms.h"
#include "Wire/Hit.h"

namespace starling
{
/** What the editor shows of a search. */
struct SearchView
{
    juce::String title;   // what was searched for
    juce::String message; // what is going on, or what came of it; a sentence
    juce::String target;  // the recording dropped, chosen or captured last
    bool isError = false, isBusy = false;
    bool isBySound = false, isByFile = false; // the hits are like a sound, that of the target
    bool isLibraryEmpty = false;              // as far as the engine has said
    std::vector<Hit> hits;
    std::vector<Facet> facets;
    int auditioned = 0;                     // the preset played last
    std::shared_ptr<const FileShape> shape; // of the target; null when it cannot be shown
    FilePart part;                          // of the target that was taken; empty before it was
    int notes = 0;                          // heard in it
    bool isMarked = false;                  // the user has marked it
    AspectOptions aspects;                  // of the last search by sound
};

/** One search at a time; a new one cancels it. Worker thread only. */
class PresetSearch
{
  public:
    PresetSearch(EngineLink& engineLink, SoundBank& soundBank, Inbox& engineInbox)
        : link(engineLink), bank(soundBank), inbox(engineInbox)
    {
    }

    void byFile(const juce::File& file, const SearchTerms& terms);
    void byInboxFile(const juce::File& file, const juce::String& title, const SearchTerms& terms);
    void byPreset(const Hit& hit, const SearchTerms& terms);
    void byWords(const juce::String& words);

    /** The last search once more, with other terms. */
    void refine(const SearchTerms& terms);

    /** The search by a file once more, by this part of it; nothing for what the engine takes. */
    void mark(const std::optional<FilePart>& part, const SearchTerms& terms);

    /** Render a hit and play it once. */
    void audition(const Hit& hit, int note);

    /** Render a hit and put it on the keys, as long as the parameters stay at `soundKey`. */
    void use(const Hit& hit, int note, const SoundKey& soundKey);
    void exportPreset(const Hit& hit);

    /** Mark a preset as a favourite, or no longer; a search that runs goes on. */
    void favourite(const Hit& hit, bool on);

    /** Renew what the filters offer, and whether there is anything to search. */
    void askFacets();
    void cancel();
    void show(const juce::String& message, bool isError);

    const SearchView& view() const { return shown; }

    /** A file in the inbox with the recording dropped, chosen or captured last. */
    std::optional<juce::File> target() const { return lastTarget; }

    std::function<void(int preset, bool on)> onFavourite; // a mark was set or taken away

  private:
    using Query = std::function<void(const SearchTerms&)>;
    enum class By
    {
        words,
        preset,
        file
    };

    void searchFile(const SearchTerms& terms);
    void search(Request request, const juce::String& title, By by);
    void showResults(const osc::Message& done, const Items& items, By by);
    void run(Request request, const juce::String& message);
    void render(const Hit& hit, int note, std::function<void(SoundPointer)> done);

    EngineLink& link;
    SoundBank& bank;
    Inbox& inbox;
    SearchView shown;
    Query again; // the last search with any terms
    std::optional<juce::File> lastTarget;
    std::optional<FilePart> marked; // of it
    int running = 0;
};
} // namespace starling
