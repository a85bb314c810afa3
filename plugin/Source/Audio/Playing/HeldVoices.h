// What MIDI does to the voices of a channel, those of sounds and of textures alike. Audio thread.
#pragma once

#include "Audio/Midi/Channels.h"

namespace starling
{
/** A key is lifted; with the pedal down its voices go on until that is lifted too. */
template <class Voices>
void liftKey(Voices& voices, int channel, int note, bool pedal) noexcept
{
    for (auto& voice : voices)
        if (voice.isActive() && voice.held && voice.info().channel == channel &&
            voice.info().note == note)
        {
            voice.held = false;
            voice.sustained = pedal;

            if (!pedal)
                voice.noteOff();
        }
}

/** A pedal is lifted; `keysToo`: all keys are. What the pedals still hold goes on. */
template <class Voices>
void releaseVoices(Voices& voices, int channel, bool keysToo, const HeldKeys& pedals) noexcept
{
    for (auto& voice : voices)
        if (voice.isActive() && voice.info().channel == channel &&
            (voice.sustained || (keysToo && voice.held)))
        {
            voice.held = false;
            voice.sustained = pedals.has(voice.info().note);

            if (!voice.sustained)
                voice.noteOff();
        }
}

/** All sound off: a quick fade, without the release. */
template <class Voices>
void silenceVoices(Voices& voices, int channel, double rate) noexcept
{
    for (auto& voice : voices)
        if (voice.isActive() && voice.info().channel == channel)
            voice.fadeAway(rate);
}
} // namespace starling
