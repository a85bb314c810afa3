// What a channel's messages set, for test_channels.py to compare with the engine's own machine.
#include "Audio/Midi/ChannelState.h"
#include "harness/harness.h"

namespace harness
{
namespace
{
void print(const starling::ChannelState& state)
{
    std::printf("%.17g %.17g %d", state.pitch(), state.vibrato(), state.zoneSize());

    for (int key = 0; key < 128; ++key)
        if (const auto vibrato = state.keyVibrato(key); vibrato > 0.0)
            std::printf(" k%d=%.17g", key, vibrato);

    for (int number = 0; number < 128; ++number)
        if (const auto value = state.value(number); value != 0)
            std::printf(" %d=%d", number, value);

    for (const auto pedal :
         {starling::midi::sustain, starling::midi::sostenuto, starling::midi::soft})
        if (state.isDown(pedal))
            std::printf(" p%d=1", pedal);

    std::printf("\n");
}
} // namespace

/** Each line of the file is the number of a controller and its value; a line of one word begins
    anew. Prints pitch, vibrato, members, and what is not 0: keys' vibratos, controllers, pedals. */
int printStates(const Arguments& arguments)
{
    juce::StringArray lines;
    lines.addLines(juce::File(arguments[0]).loadFileAsString());
    starling::ChannelState state;

    for (const auto& line : lines)
    {
        const auto words = juce::StringArray::fromTokens(line, false);

        if (words.size() < 2)
        {
            state = {};
            continue;
        }
        state.control(words[0].getIntValue(), words[1].getIntValue());
        print(state);
    }
    return 0;
}
} // namespace harness
