// How much of a texture is there before it is heard, and how often there was nothing. Message
// thread only.
#pragma once

#include "Editor/Widgets/Look.h"
#include "PluginProcessor.h"

namespace starling
{
class AheadMeter final : public juce::Component, public juce::SettableTooltipClient
{
  public:
    AheadMeter();

    void update(const TextureDisplay& display);
    void paint(juce::Graphics&) override;

  private:
    float ahead = 0.0f; // seconds
    int gaps = 0, voices = 0;
};
} // namespace starling
