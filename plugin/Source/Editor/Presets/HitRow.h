// How one preset looks in a list: star, name, synth and bank, how near it is, and in what.
#pragma once

#include "Editor/Widgets/Look.h"
#include "Wire/Hit.h"

namespace starling
{
/** Width of the star at the left of a row: clicks there mark, others listen. */
constexpr int starWidth = 30;

/** `82 %  near`, or the loss of a match; nothing for a preset that letters found. */
juce::String nearnessText(const Hit& hit);

juce::Path starShape(juce::Rectangle<float> area);
void paintHitRow(juce::Graphics& g, juce::Rectangle<int> area, const Hit& hit, bool isSelected,
                 bool isAuditioned);
} // namespace starling
