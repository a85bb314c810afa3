// The player's parameters as knobs in named groups; which ones is a table in the .cpp. Message
// thread only.
#pragma once

#include "Editor/Widgets/Knob.h"

namespace starling
{
class KnobRow final : public juce::Component
{
  public:
    explicit KnobRow(PluginProcessor& processor);

    /** Show the values that automation has set. */
    void followAutomation();

    void paint(juce::Graphics&) override;
    void resized() override;

  private:
    struct Group
    {
        juce::String title;
        std::vector<std::unique_ptr<Knob>> knobs;
        juce::Rectangle<int> area;
    };

    std::vector<Group> groups;
};
} // namespace starling
