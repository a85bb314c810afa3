// The NES chip's parameters as its voices need them, read once a block. Plain values.
#pragma once

#include "Audio/Playing/Envelope.h"

#include <array>

namespace starling
{
/** The chip's voices, in the order of the MIDI channels that play them. */
namespace chip
{
constexpr int p1 = 0, p2 = 1, tr = 2, no = 3, voices = 4;
constexpr int full = 15; // of its volumes
} // namespace chip

/** How one voice sounds. */
struct ChipVoiceSettings
{
    int timbre = 2; // a pulse's duty 0..3; the noise's mode 0..1
    int level = chip::full;
    bool mute = false;
};

/** How the chip is played. */
struct ChipSettings
{
    /** The voice that a note plays: its channel's, or its key's; -1: none. */
    int voiceOf(int channel, int key) const noexcept
    {
        if (!byKey)
            return channel < chip::voices ? channel : -1;

        return key >= lowestP1   ? chip::p1
               : key >= lowestP2 ? chip::p2
               : key >= lowestTr ? chip::tr
                                 : chip::no;
    }

    bool byKey = false;
    int lowestTr = 40, lowestP2 = 60, lowestP1 = 72; // keys
    std::array<ChipVoiceSettings, chip::voices> voices{{{}, {}, {}, {0}}};
    EnvelopeTimes envelope;
};
} // namespace starling
