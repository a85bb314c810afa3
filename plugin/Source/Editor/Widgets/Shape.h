// The picture of a sound's samples, and the drag that takes a sound out of the window as a file.
#pragma once

#include "Editor/Widgets/Look.h"
#include "Sounds/ModelSound.h"

namespace starling
{
/** Lowest and highest sample of each of `columns` equal parts of the sound. */
std::vector<juce::Range<float>> shapeOf(const Sound& sound, int columns);

/** Begin dragging a sound out of `source` as a WAV file, to a track or a folder. False when the
   file cannot be written. */
bool dragOut(juce::Component& source, const Sound& sound, const juce::String& title);

/** How far the mouse goes before a click becomes a drag, in pixels. */
constexpr int dragDistance = 8;
} // namespace starling
