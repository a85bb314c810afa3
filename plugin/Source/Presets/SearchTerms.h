// What a search is narrowed and steered by: words, filters, how much timbre and each aspect count,
// a marked part of the file. Pure values.
#pragma once

#include "Wire/AspectTables.h"
#include "Wire/Osc.h"

#include <array>

namespace starling
{
constexpr size_t aspectCount = std::size(aspects::all);

/** How much timbre and each aspect count, and how far from the query each is looked for; in the
    order of aspects::all. */
struct AspectOptions
{
    std::array<float, aspectCount> weights{1.0f}, shifts{};

    bool operator==(const AspectOptions& other) const
    {
        return weights == other.weights && shifts == other.shifts;
    }
};

/** A part of a sound file, in seconds. */
using FilePart = juce::Range<float>;

constexpr float shortestPart = 0.02f, longestPart = 60.0f, latestPart = 600.0f;

/** The part from `anchor` towards `end`, as long as the engine takes it; nothing when too short. */
std::optional<FilePart> markedPart(float anchor, float end);

/** What hits must match and what they should be like, as the user wrote and chose it. */
struct SearchTerms
{
    juce::String text; // terms of the menus among it
    AspectOptions aspects{};

    /** The terms with a field or a minus: what a hit must match. */
    juce::String filter() const;

    /** The other ones: what the sound is like. */
    juce::String words() const;
};

/** Names and values of the options that differ from what the engine takes without them. */
std::vector<osc::Value> optionsOf(const AspectOptions& chosen,
                                  const std::optional<FilePart>& part = {});
} // namespace starling
