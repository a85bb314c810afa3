// One voice of the NES chip: its shape, its level, its mute. Message thread only.
#pragma once

#include "Editor/Widgets/Knob.h"

namespace starling
{
class ChipColumn final : public juce::Component
{
  public:
    /** Parameters that the voice lacks are null: the triangle has neither shape nor level. */
    struct Spec
    {
        const char *title, *shape, *level, *mute;
    };

    ChipColumn(PluginProcessor& processor, const Spec& spec);

    /** Show the key that it plays; -1: none. */
    void showKey(int key);

    /** Show the values that automation has set. */
    void followAutomation();

    void resized() override;

  private:
    juce::Label name;
    juce::ComboBox shape;
    std::unique_ptr<Knob> level;
    juce::ToggleButton mute{"Mute"};
    std::unique_ptr<juce::ComboBoxParameterAttachment> shapeAttachment;
    juce::ButtonParameterAttachment muteAttachment;
    const juce::String title;
    int shownKey = -1;
};
} // namespace starling
