#include "Editor/Widgets/Keyboard.h"

namespace starling
{
namespace
{
constexpr int channel = 1, firstKey = 24, lastKey = 96;
constexpr int whiteKeys = 43; // from firstKey to lastKey
} // namespace

Keyboard::Keyboard(PluginProcessor& pluginProcessor) : processor(pluginProcessor)
{
    state.addListener(this);
    keys.setAvailableRange(firstKey, lastKey);
    keys.setOctaveForMiddleC(3);
    keys.setScrollButtonsVisible(false);
    keys.setVelocity(0.9f, true);
    keys.setTitle("Keyboard");
    addAndMakeVisible(keys);
}

void Keyboard::update()
{
    isFollowing = true;

    for (int note = firstKey; note <= lastKey; ++note)
    {
        const auto word = processor.player.display.keysDown[static_cast<size_t>(note / 64)].load();
        const auto down = (word >> (note % 64) & 1u) != 0;

        if (!pressed[static_cast<size_t>(note)] && down != state.isNoteOn(channel, note))
        {
            if (down)
                state.noteOn(channel, note, 1.0f);
            else
                state.noteOff(channel, note, 0.0f);
        }
    }
    isFollowing = false;
}

void Keyboard::handleNoteOn(juce::MidiKeyboardState*, int, int note, float velocity)
{
    if (isFollowing)
        return;

    pressed.set(static_cast<size_t>(note));
    processor.playKey(note, juce::jmax(1, juce::roundToInt(velocity * 127.0f)));
}

void Keyboard::handleNoteOff(juce::MidiKeyboardState*, int, int note, float)
{
    if (isFollowing)
        return;

    pressed.reset(static_cast<size_t>(note));
    processor.playKey(note, 0);
}

void Keyboard::resized()
{
    keys.setBounds(getLocalBounds());
    keys.setKeyWidth(static_cast<float>(getWidth()) / whiteKeys);
}
} // namespace starling
