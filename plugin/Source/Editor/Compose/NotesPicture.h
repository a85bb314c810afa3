// A small piano roll: the notes of a song or of a prompt, and where it plays. Message thread only.
#pragma once

#include "Audio/Chips/ChipSong.h"
#include "Editor/Widgets/Look.h"
#include "Music/PromptFile.h"

namespace starling
{
/** The colour of each of the chip's voices. */
namespace colour
{
inline const juce::Colour voices[chip::voices] = {
    juce::Colour(0xff4fd6c0), juce::Colour(0xff8fb8ff), juce::Colour(0xffffb454),
    juce::Colour(0xff99a3b3)};
} // namespace colour

class NotesPicture final : public juce::Component
{
  public:
    /** Draw a song, each voice in its colour, what prompted it on a lighter ground. */
    void show(const ChipSongPointer& song);

    /** Draw a prompt. */
    void show(const Prompt& newPrompt);

    /** What stands there while there are no notes. */
    void say(const juce::String& text);

    /** Where it plays, in beats; negative: it does not. */
    void playAt(double beat);

    void paint(juce::Graphics&) override;

  private:
    void set(std::vector<DrawnNote> newNotes, double newBeats, double newBar, double newPrompt);

    std::vector<DrawnNote> notes;
    double beats = 1.0, barBeats = 4.0, prompt = 0.0, position = -1.0;
    int lowest = 48, highest = 72;
    ChipSongPointer shown;
    std::shared_ptr<const juce::MemoryBlock> shownFile;
    juce::String text;
};
} // namespace starling
