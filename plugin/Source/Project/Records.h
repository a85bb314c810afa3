// The bytes of a project of format 7: records by recordTable, flat and bounded.
#pragma once

#include <juce_data_structures/juce_data_structures.h>

namespace starling
{
/** What reading a project's bytes gives: its tree, or the reason why there is none. */
struct ReadTree
{
    juce::ValueTree tree;
    juce::String error; // a clause: "a record of 12 bytes where 7 remain"
};

/*  Layout, little endian:
      record  4 bytes tag, uint32 size, then fields of that size together
      field   uint8 number, uint32 size, then its value of that size */

/** The tree's nodes as records. What the table does not know, or has no room for, is left out. */
void writeRecords(const juce::ValueTree& tree, juce::OutputStream& out);

/** Reads without calling itself. Every length is checked against what remains and every count
    against the table; records and fields that the table does not know are skipped. */
ReadTree readRecords(const void* data, size_t size);
} // namespace starling
