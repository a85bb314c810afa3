// Projects with one of everything in them, and the bytes that older versions wrote of them.
#pragma once

#include "harness/harness.h"

#include "Project/ProjectFile.h"

namespace harness
{
/** Give a plugin one of every record that a project may hold. */
void fillProject(starling::PluginProcessor& plugin);

juce::MemoryBlock savedBytes(starling::PluginProcessor& plugin);

/** Whether the plugin took it; `sentence` is what it said. */
bool opens(starling::PluginProcessor& plugin, const juce::MemoryBlock& project);

/** A project file of this format around any bytes, with the right checksum. */
juce::MemoryBlock projectOf(int format, const juce::MemoryBlock& payload);

/** The payload that formats 1 to 6 would hold for a project of today. */
juce::MemoryBlock oldPayload(const juce::MemoryBlock& project);

/** A MIDI file of one track with these events, as many as asked for. */
juce::MemoryBlock midiOf(int notes, bool hasEnds);

void checkRecords(Checks& check, const juce::File& folder);
void checkContents(Checks& check); // a part of it
} // namespace harness
