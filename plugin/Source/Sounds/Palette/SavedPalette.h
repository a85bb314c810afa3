// Sounds and the palette as parts of a project.
#pragma once

#include "Sounds/Palette/Palette.h"
#include "Sounds/Palette/SoundBudget.h"

#include <juce_data_structures/juce_data_structures.h>

namespace starling
{
/** A node of this type with the sound in it, bit for bit. */
juce::ValueTree describeSound(const juce::Identifier& type, const Sound& sound);

/** The sound in such a node; null where there is none, its bytes are damaged, or the budget does
    not allow it. */
SoundPointer savedSound(const juce::ValueTree& tree, SoundBudget& budget);

juce::ValueTree describePalette(const PaletteContents& contents);

/** An invalid node gives an empty palette. */
PaletteContents savedPalette(const juce::ValueTree& tree, SoundBudget& budget);
} // namespace starling
