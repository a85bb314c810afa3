// Datagrams: whatever decodes is encoded to bytes that decode again.
#include "Wire/Osc.h"
#include "seeds.h"

using namespace starling;

extern "C" int LLVMFuzzerInitialize(int* count, char*** arguments)
{
    const juce::MemoryBlock blob("1234", 4);
    fuzz::plant(*count, *arguments, "all_types",
                osc::encode({"/starling/done", {1, 0.5f, juce::String("drums"), blob}}));
    fuzz::plant(*count, *arguments, "empty", osc::encode({"/starling/ping", {}}));
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    if (const auto message = osc::decode(data, static_cast<int>(size)))
    {
        const auto bytes = osc::encode(*message);

        if (!osc::decode(bytes.getData(), static_cast<int>(bytes.getSize())))
            __builtin_trap();
    }
    return 0;
}
