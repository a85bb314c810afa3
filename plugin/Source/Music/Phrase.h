// Phrases out of what is played: what was recorded, or the last bars. Plain values and their MIDI
// file. Worker thread.
#pragma once

#include "Audio/Chips/ChipSettings.h"
#include "Audio/Phrases/PhraseRecorder.h"

#include <optional>
#include <vector>

namespace starling
{
/** Times are beats. */
struct PhraseNote
{
    double begin = 0.0, end = 0.0;
    int channel = 0, key = 0, velocity = 0;
};

/** Notes from a bar line on; where the host stood, from the first note on. */
struct Phrase
{
    std::vector<PhraseNote> notes; // in order of time
    double origin = 0.0;           // the host's beat where it begins
    double barBeats = 4.0;
};

/** Collects what the recorder sends. */
class PlayedNotes
{
  public:
    void add(const PlayedEvent& event);
    bool isRecording() const { return recording; }

    /** The beat where the recording began. */
    double recordedFrom() const { return from; }

    /** What was recorded, once a recording has ended; nothing without a note. */
    std::optional<Phrase> takeRecorded();

    /** The last bars in which something was played, up to now. */
    std::optional<Phrase> last(int bars, double barBeats, double now) const;

  private:
    struct Played
    {
        PhraseNote note; // its end is negative while it is held
        PlayedEvent begin;
    };

    std::optional<Phrase> between(double begin, double end) const;

    std::vector<Played> played;
    double from = 0.0;
    bool recording = false;
    std::optional<Phrase> recorded;
};

/** A MIDI file of 960 ticks a beat, with the host's bars. With the chip's settings each note is its
   voice's, in the tracks p1, p2, tr and noise; without, all are one track that the engine arranges.
 */
juce::MemoryBlock midiOf(const Phrase& phrase, const std::optional<ChipSettings>& chip);

/** Whether the notes chose voices of the chip: by key, or on several of its channels. */
bool choosesVoices(const Phrase& phrase, const ChipSettings& chip);
} // namespace starling
