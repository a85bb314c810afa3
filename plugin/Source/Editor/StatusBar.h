// The name on the left; the engine's state on the right, in words and as a coloured dot. Message
// thread only.
#pragma once

#include "Editor/Widgets/Look.h"
#include "PluginProcessor.h"

namespace starling
{
class StatusBar final : public juce::Component, public juce::SettableTooltipClient
{
  public:
    void update(const EngineView& view, int newVoices);
    void paint(juce::Graphics&) override;

  private:
    EngineState state = EngineState::absent;
    juce::String sentence;
    int voices = 0;
};
} // namespace starling
