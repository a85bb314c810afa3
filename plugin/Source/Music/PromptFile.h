// A prompt as a MIDI file: read from a dropped one, and written for the engine at the host's tempo.
// Any thread but audio's.
#pragma once

#include <juce_audio_basics/juce_audio_basics.h>

#include <memory>
#include <vector>

namespace starling
{
/** What a composer goes on from. A plain value. */
struct Prompt
{
    juce::String name;                             // for people
    std::shared_ptr<const juce::MemoryBlock> file; // a MIDI file; null: no prompt
    double origin = 0.0;                           // the host's beat where it begins

    bool isThere() const { return file != nullptr; }
};

/** What reading a file gives: a prompt, or the sentence that says why there is none. */
struct ReadPrompt
{
    Prompt prompt;
    juce::String error;
};

ReadPrompt readPrompt(const juce::File& file);

/** The same notes on the same beats, at one tempo. A file in nesmdb's conventions, whose time is in
    samples, stays as it is. */
juce::MemoryBlock atTempo(const juce::MemoryBlock& file, double tempo);

/** A note of a MIDI file, of any channel, or of a song: for pictures. */
struct DrawnNote
{
    double begin = 0.0, end = 0.0; // beats
    int key = 0, voice = 0;
};

std::vector<DrawnNote> notesOf(const juce::MemoryBlock& file);

/** Quarter notes of its bars. */
double barBeatsOf(const juce::MemoryBlock& file);
} // namespace starling
