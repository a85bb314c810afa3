// The window: arranges the panels and hands them the engine's state a few times a second. Message
// thread only.
#pragma once

#include "Editor/SidePanel.h"
#include "Editor/SoundPanel.h"
#include "Editor/StatusBar.h"
#include "Editor/Widgets/Keyboard.h"
#include "Editor/Widgets/KnobRow.h"

namespace starling
{
class Editor final : public juce::AudioProcessorEditor, private juce::Timer
{
  public:
    explicit Editor(PluginProcessor& pluginProcessor);
    ~Editor() override;

    void paint(juce::Graphics&) override;
    void resized() override;

    /** Ctrl+Z and Ctrl+Shift+Z (Cmd on a Mac) go back and forward through the sounds. */
    bool keyPressed(const juce::KeyPress& key) override;

  private:
    void timerCallback() override;

    Look look; // before all that draws with it
    PluginProcessor& processor;
    StatusBar status;
    SoundPanel sound;
    KnobRow knobs;
    SidePanel side;
    Keyboard keyboard;
    juce::Label error;
    juce::TooltipWindow tooltips{this, 600};
};
} // namespace starling
