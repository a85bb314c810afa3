// OSC 1.0 messages of the types i, f, s and b as bytes and back. Pure: no socket here.
#pragma once

#include <juce_core/juce_core.h>

#include <optional>
#include <variant>
#include <vector>

namespace starling::osc
{
/** One argument. */
using Value = std::variant<int, float, juce::String, juce::MemoryBlock>;

/** One message; a plain value, any thread. */
struct Message
{
    juce::String address;
    std::vector<Value> values;

    /** Arguments by position; a missing or differently typed one gives the neutral value. */
    int integer(int index) const;
    float number(int index) const;
    juce::String text(int index) const;
};

juce::MemoryBlock encode(const Message& message);

/** Nothing when the bytes are not one OSC 1.0 message. */
std::optional<Message> decode(const void* data, int size);
} // namespace starling::osc
