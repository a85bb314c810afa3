#include "Wire/Json.h"

namespace starling
{
namespace
{
constexpr int mostBrackets = 500; // two for a control of a model; the depth is at most this
} // namespace

juce::var parseJson(const juce::String& text)
{
    auto brackets = 0;

    for (const auto* byte = text.toRawUTF8(); *byte != 0; ++byte)
        if ((*byte == '[' || *byte == '{') && ++brackets > mostBrackets)
            return {};

    return juce::JSON::parse(text);
}
} // namespace starling
