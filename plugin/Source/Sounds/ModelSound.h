// A model's sound by its recipe: which parameters choose it, what it is called, and as a
// file for other programs. Any thread but audio's.
#pragma once

#include "Audio/Bank/Sound.h"
#include "Engine/EngineLink.h"
#include "Wire/ModelTable.h"

namespace starling
{
/** The sound of an answer that ends in a sound, or of one of its items; null when its file cannot
   be read. */
SoundPointer soundFrom(const osc::Message& answer);

/** Whether a model made it, so that it can be varied, morphed and turned. */
bool isOfModel(const Sound& sound);

/** Whether it lies at a point of the model's latent space that no seed leads to. */
bool hasPoint(const Sound& sound);

/** Whether it was frozen from a texture. */
bool isOfTexture(const Sound& sound);

/** What the parameters are when they choose this sound: its model, seed and controls. Nothing when
    the table lacks its model. */
std::optional<SoundKey> soundKeyFor(const Sound& sound, const ModelTable& models);

/** Name for people, e.g. "Drums Snare 42". */
juce::String titleOf(const Sound& sound, const ModelTable& models);

/** A 24-bit WAV file of the sound with its root note, written unless it is there already. The
    folder is the user's and stays: a project of the DAW may refer to the file. Answers no file when
    it cannot be written. */
juce::File exportWav(const Sound& sound, const juce::String& title, const juce::File& folder);

/** Where sounds that are dragged out go. */
juce::File exportFolder();
} // namespace starling
