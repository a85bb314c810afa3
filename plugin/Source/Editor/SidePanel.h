// What stands beside the current sound: presets found by sound, or sounds made from sounds.
#pragma once

#include "SearchPanel.h"
#include "SoundsPanel.h"

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
