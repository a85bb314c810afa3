// What a fuzzer begins with: small good inputs, made by our own writers.
#pragma once

#include <juce_core/juce_core.h>

namespace fuzz
{
/** Write a seed into the corpus, libFuzzer's first argument that is no option. */
inline void plant(int count, char** arguments, const char* name, const juce::MemoryBlock& seed)
{
    for (int n = 1; n < count; ++n)
        if (arguments[n][0] != '-')
        {
            const juce::File folder =
                juce::File::getCurrentWorkingDirectory().getChildFile(arguments[n]);
            folder.createDirectory();
            folder.getChildFile(name).replaceWithData(seed.getData(), seed.getSize());
            return;
        }
}
} // namespace fuzz
