// The morph pad with its two sounds. Message thread only.
#pragma once

#include "Editor/Sounds/MorphPad.h"
#include "Editor/Sounds/Thumbnail.h"

namespace starling
{
class MorphPanel final : public juce::Component
{
  public:
    explicit MorphPanel(PluginProcessor& pluginProcessor);

    void update(const EngineView& view);
    void resized() override;

  private:
    void addCorner(Thumbnail& corner, juce::TextButton& button, bool first);

    PluginProcessor& processor;
    MorphPad pad;
    Thumbnail first, second;
    juce::TextButton toFirst{"This sound to A"}, toSecond{"This sound to B"};
};
} // namespace starling
