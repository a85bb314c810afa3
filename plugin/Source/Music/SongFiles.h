// A song of the chip as files for other programs, as it is heard: .mid, .vgm and .wav. No engine is
// needed. Any thread but audio's.
#pragma once

#include "Audio/Chips/Chips.h"

namespace starling
{
/** How a song is to sound in a file. */
struct SongSound
{
    ChipSettings chip;
    double tempo = 120.0;
    float tune = 0.0f; // semitones
};

/** A song once, from its first beat until nothing sounds any more, at 44.1 kHz. */
struct RenderedSong
{
    static constexpr int rate = 44100;

    std::vector<float> samples; // without the chip's delay: a note begins on its beat
    std::vector<RegisterLog::Write> writes;
};

RenderedSong renderSong(const ChipSongPointer& song, const SongSound& sound);

/** Version 1.61. */
juce::MemoryBlock vgmOf(const RenderedSong& rendered);

enum class SongFormat
{
    midi,
    vgm,
    wav
};

/** The file in this folder, written unless it is there already; no file when it cannot be written.
    The folder is the user's and stays. */
juce::File exportSong(const ChipSongPointer& song, const SongSound& sound, SongFormat format,
                      const juce::File& folder);
} // namespace starling
