// A project's bytes: a header with a checksum, and in it what the project holds.
#pragma once

#include "Project/Records.h"

namespace starling
{
/** What is written; 1 to 6 held a ValueTree, and are read.
    2: a preset on the keys with its zones; 3: a palette; 4: textures and their prime; 5: the NES
    chip and its song; 6: what is composed, and from what; 7: flat records. */
constexpr int projectFormat = 7;

/** Header, little endian: "STRL", int32 format, int32 length, int64 checksum of what follows. */
void writeProject(const juce::ValueTree& tree, juce::MemoryBlock& out);

/** The project in bytes of any origin; `error` is a sentence for the user. */
ReadTree readProject(const void* data, size_t size);

/** As writeProject, of any format and contents. */
void writeHeader(int format, const juce::MemoryBlock& payload, juce::OutputStream& out);
} // namespace starling
