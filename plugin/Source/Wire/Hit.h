// What the engine answers about presets: hits of a search, variants of a match, words for filters.
#pragma once

#include "Engine/EngineLink.h"
#include "Wire/AspectTables.h"

#include <array>

namespace starling
{
/** One preset that was found. */
struct Hit
{
    static constexpr float noLoss = -1.0f;

    int preset = 0;
    juce::String name, synth, bank, tags;
    float score = 0.0f; // 1 is the same sound; 0 where the letters of words were found
    std::array<float, std::size(aspects::all)> alike{}; // in timbre and each aspect, 0 to 1
    bool isFavourite = false;
    float loss = noLoss; // of a match: 0 is the same sound
};

/** A synth, bank or tag that a filter offers. */
struct Facet
{
    juce::String field, value;
    int presets = 0;

    bool operator==(const Facet& other) const
    {
        return field == other.field && value == other.value && presets == other.presets;
    }
};

Hit hitFrom(const osc::Message& item);
std::vector<Facet> facetsFrom(const Items& items);

/** What a score is called: same, near, related, far. */
const char* relationFor(float score);

/** Set the mark of a preset wherever it is in a list. */
void markFavourite(std::vector<Hit>& hits, int preset, bool on);
} // namespace starling
