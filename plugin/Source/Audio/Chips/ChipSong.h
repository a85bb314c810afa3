// A written piece for the chip's voices, from a MIDI file. A value; any thread but audio's makes
// it.
#pragma once

#include "Audio/Chips/ChipSettings.h"

#include <juce_audio_basics/juce_audio_basics.h>

#include <memory>
#include <vector>

namespace starling
{
/** A note of a voice begins, or with velocity 0 ends, or changes while it sounds. */
struct SongEvent
{
    double beat = 0.0; // from the song's begin
    int voice = 0, key = 0, velocity = 0;
    int expression = fullExpression; // what the host gets beside the velocity
    double volume = -1.0;            // 0..1 of the chip's; negative: the velocity's
    int timbre = -1;                 // a duty or mode that the file has; -1: the voice's own
    bool isChange = false;

    static constexpr int fullExpression = 127;

    bool begins() const noexcept { return !isChange && velocity > 0; }
    bool ends() const noexcept { return !isChange && velocity == 0; }
    double loudness() const noexcept { return volume < 0.0 ? velocity / 127.0 : volume; }
};

/** Events in order of time: ends, then changes, then begins. */
struct ChipSong
{
    std::vector<SongEvent> events;
    double beats = 0.0; // whole ones, or halves as in 7/8; then it begins anew
    double barBeats = 4.0;
    juce::String name;
    juce::MemoryBlock file; // the MIDI file that it is from
    double origin = 0.0;    // the host's beat where it begins
    double prompt = 0.0;    // beats of it that a composer went on from
};

/** Ticks a beat, in files of nesmdb's conventions only: their time is in samples. */
constexpr int nesmdbResolution = 22050;

using ChipSongPointer = std::shared_ptr<const ChipSong>;

/** What reading a file gives: a song, or the sentence that says why there is none. */
struct ReadSong
{
    ChipSongPointer song;
    juce::String error;
};

/** Tracks named p1, p2, tr and noise are those voices, as the engine writes them; in files without
    such tracks MIDI channels 1 to 4 are. Controller 11 is expression by General MIDI's square law.
    Files in nesmdb's conventions, known by their resolution, are read by those: controller 11 is
    the volume while a note sounds, 12 the duty or mode. One note a voice: a note ends where the
    next one of its voice begins. */
ReadSong readSong(const juce::MemoryBlock& file, const juce::String& name);
ReadSong readSong(const juce::File& file);

/** The same song at another place in the host's time; `prompt` is at most all of it. */
ChipSongPointer placed(const ChipSong& song, double origin, double prompt);
} // namespace starling
