// What stands beside the current sound: presets found by sound, or sounds made from sounds. Message
// thread only.
#pragma once

#include "Editor/Presets/SearchPanel.h"
#include "Editor/Sounds/SoundsPanel.h"

namespace starling
{
class SidePanel final : public juce::Component
{
  public:
    explicit SidePanel(PluginProcessor& pluginProcessor);

    void update(const EngineView& view);
    void resized() override;

  private:
    void addTab(juce::TextButton& tab, juce::Component& page, const char* tip);

    juce::TextButton presetsTab{"Presets"}, soundsTab{"Sounds"};
    SearchPanel presets;
    SoundsPanel sounds;
};
} // namespace starling
