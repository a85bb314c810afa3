// How alike a hit is in timbre and in each aspect, as bars and as text.
#pragma once

#include "Editor/Widgets/Look.h"
#include "Wire/Hit.h"

namespace starling
{
/** False for what letters found, which was not compared. */
bool hasAspects(const Hit& hit);

/** `82 %`. */
juce::String percentText(float part);

/** `Timbre 82 %, pitch 100 %, ...`. */
juce::String aspectsText(const Hit& hit);

/** A bar for each, in the order of the text; timbre in the accent's colour. */
void paintAspects(juce::Graphics& g, juce::Rectangle<float> area, const Hit& hit);
} // namespace starling
