// The name on the left; the engine's state on the right, in words and as a coloured dot, with a
// button that starts it where the user can. Message thread only.
#pragma once

#include "Editor/Widgets/Look.h"
#include "PluginProcessor.h"

namespace starling
{
class StatusBar final : public juce::Component, public juce::SettableTooltipClient
{
  public:
    StatusBar();

    /** The user wants the engine started. */
    std::function<void()> onStart;

    void update(const EngineView& view, int newVoices);
    void paint(juce::Graphics&) override;
    void resized() override;

  private:
    juce::TextButton startButton{"Start the engine"};
    EngineState state = EngineState::absent;
    juce::String sentence;
    int voices = 0;
};
} // namespace starling
