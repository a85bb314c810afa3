// JSON from a project, the engine or a sound file.
#include "Wire/Json.h"
#include "seeds.h"

extern "C" int LLVMFuzzerInitialize(int* count, char*** arguments)
{
    const char text[] = R"({"kind":"model","seed":8,"point":[0.5,-1e3],"on":true,"no":null})";
    fuzz::plant(*count, *arguments, "recipe", {text, sizeof text - 1});
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    const auto text =
        juce::String::fromUTF8(reinterpret_cast<const char*>(data), static_cast<int>(size));
    const auto value = starling::parseJson(text);
    (void) juce::JSON::toString(value, true);
    return 0;
}
