// JSON from outside: what a project, a sound file, the engine or a file of the user's brings.
#pragma once

#include <juce_core/juce_core.h>

namespace starling
{
/** Parse it; void where it is no JSON, or has more brackets than anything that Starling writes.
    JUCE's parser calls itself for each bracket, and a host's thread has a small stack. */
juce::var parseJson(const juce::String& text);
} // namespace starling
