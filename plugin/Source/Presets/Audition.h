// One note of a preset as a sound: how it is requested and how it arrives. Worker thread only.
#pragma once

#include "Sounds/ModelSound.h"

namespace starling
{
constexpr int auditionVelocity = 100;

/** A zone of 3 s, its key held for 1.8: a key's worth. 13 of them make at most 11 MB of noise, and
    a few of music, in a project. */
constexpr float auditionSeconds = 3.0f;

/** The request; the caller adds what to do with the answer. */
Request auditionRequest(int preset, int note);

/** Whether two recipes of auditions differ in nothing but the note. */
bool isSamePreset(const juce::String& recipe, const juce::String& other);
} // namespace starling
