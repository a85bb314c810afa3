// How one preset looks in a list: star, name, synth and bank, and how near it is.
#pragma once

#include "Editor/Widgets/Look.h"
#include "Wire/Hit.h"

namespace starling
{
/** Width of the star at the left of a row: clicks there mark, others listen. */
constexpr int starWidth = 30;

juce::Path starShape(juce::Rectangle<float> area);
void paintHitRow(juce::Graphics& g, juce::Rectangle<int> area, const Hit& hit, bool isSelected,
                 bool isAuditioned);
} // namespace starling
