// MIDI files for the chip.
#include "projects/saved_project.h"
#include "seeds.h"

extern "C" int LLVMFuzzerInitialize(int* count, char*** arguments)
{
    fuzz::plant(*count, *arguments, "notes", harness::midiOf(4, true));
    fuzz::plant(*count, *arguments, "open_notes", harness::midiOf(40, false));
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    const auto read = starling::readSong(juce::MemoryBlock(data, size), "Song");

    if (read.song == nullptr && read.error.isEmpty())
        __builtin_trap(); // refused without a sentence

    return 0;
}
