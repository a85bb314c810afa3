// Keys to play with the mouse; those that the host holds down light up. Message thread only.
#pragma once

#include "Editor/Widgets/Look.h"
#include "PluginProcessor.h"

#include <bitset>

namespace starling
{
class Keyboard final : public juce::Component, private juce::MidiKeyboardState::Listener
{
  public:
    explicit Keyboard(PluginProcessor& pluginProcessor);
    ~Keyboard() override { state.removeListener(this); }

    /** Show the keys that are down. */
    void update();
    void resized() override;

  private:
    void handleNoteOn(juce::MidiKeyboardState*, int, int note, float velocity) override;
    void handleNoteOff(juce::MidiKeyboardState*, int, int note, float) override;

    PluginProcessor& processor;
    juce::MidiKeyboardState state; // the message thread's own; the audio thread never sees it
    juce::MidiKeyboardComponent keys{state, juce::MidiKeyboardComponent::horizontalKeyboard};
    std::bitset<128> pressed; // with the mouse: these do not follow the host
    bool isFollowing = false; // the change comes from the host, not from the mouse
};
} // namespace starling
