// Projects under a right checksum, of every format: the first byte chooses it.
#include "projects/saved_project.h"
#include "seeds.h"

using namespace harness;

namespace
{
constexpr int header = 20, newest = 7;

juce::MemoryBlock seedOf(int format, const juce::MemoryBlock& payload)
{
    juce::MemoryBlock seed;
    const auto first = static_cast<char>(format - 1);
    seed.append(&first, 1);
    seed.append(payload.getData(), payload.getSize());
    return seed;
}

starling::PluginProcessor& plugin()
{
    static const juce::ScopedJuceInitialiser_GUI juce;
    static starling::PluginProcessor made;
    return made;
}
} // namespace

extern "C" int LLVMFuzzerInitialize(int* count, char*** arguments)
{
    plugin();
    starling::PluginProcessor filled;
    fillProject(filled);
    const auto saved = savedBytes(filled);
    const juce::MemoryBlock flat(static_cast<const char*>(saved.getData()) + header,
                                 saved.getSize() - header);
    fuzz::plant(*count, *arguments, "flat", seedOf(newest, flat));
    fuzz::plant(*count, *arguments, "tree", seedOf(3, oldPayload(saved)));
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    if (size > 0)
        opens(plugin(), projectOf(1 + data[0] % newest, {data + 1, size - 1}));

    return 0;
}
