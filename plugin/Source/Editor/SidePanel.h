// What stands beside the current sound: presets found by sound, sounds made from sounds, textures,
// the NES chip, or music for it. Message thread only.
#pragma once

#include "Editor/Chip/ChipPanel.h"
#include "Editor/Compose/ComposePanel.h"
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
        chipTab{"Chip"}, composeTab{"Compose"};
    SearchPanel presets;
    SoundsPanel sounds;
    TexturePanel textures;
    ChipPanel chip;
    ComposePanel compose;
};
} // namespace starling
