// Meta events of MIDI files that others made: read within their bytes, which JUCE does not check.
// Any thread but audio's.
#pragma once

#include <juce_audio_basics/juce_audio_basics.h>

namespace starling
{
/** What a track's name event calls it; nothing where that is no UTF-8. */
juce::String trackNameOf(const juce::MidiMessage& message);

/** Quarter notes of a bar by a file's first time signature; 4 where it has none. */
double barBeatsOf(const juce::MidiFile& file);
} // namespace starling
