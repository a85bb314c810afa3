// Where the host is in its own time at the begin of a block. A plain value.
#pragma once

#include <juce_audio_basics/juce_audio_basics.h>

namespace starling
{
/** Beats are quarter notes. */
struct HostTime
{
    static constexpr double defaultTempo = 120.0; // where the host has none

    bool isPlaying = false;
    double tempo = defaultTempo; // beats a minute; what no clock can follow is 0
    double beatsPerFrame = 0.0;
    double beat = 0.0;     // while it plays
    double barStart = 0.0; // the beat of the bar line before
    double barBeats = 4.0;
    int numerator = 4, denominator = 4; // of the same bar
};

/** From what the host says; `start` is the beat where it says none. Audio thread. */
HostTime hostTimeFrom(const juce::AudioPlayHead::PositionInfo& host, double frame,
                      double sampleRate) noexcept;
} // namespace starling
