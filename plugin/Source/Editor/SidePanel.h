// What stands beside the current sound: presets found by sound, sounds made from sounds, textures,
// or the NES chip. Message thread only.
#pragma once

#include "Editor/Chip/ChipPanel.h"
#include "Editor/Presets/SearchPanel.h"
#include "Editor/Sounds/SoundsPanel.h"
#include "Editor/Textures/TexturePanel.h"

namespace starling
{
class SidePanel final : public juce::Component
{
  public:
    explicit SidePanel(PluginProcessor& pluginProcessor);

    void update(const EngineView& view);

    /** Show the values that automation has set. */
    void followAutomation();

    void resized() override;

  private:
    void addTab(juce::TextButton& tab, juce::Component& page, const char* tip);

    juce::TextButton presetsTab{"Presets"}, soundsTab{"Sounds"}, texturesTab{"Textures"},
        chipTab{"Chip"};
    SearchPanel presets;
    SoundsPanel sounds;
    TexturePanel textures;
    ChipPanel chip;
};
} // namespace starling
