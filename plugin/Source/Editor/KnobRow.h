// The player's parameters as knobs in named groups; which ones is a table in the .cpp.
#pragma once

#include "Knob.h"

namespace starling
{
class KnobRow final : public juce::Component
{
  public:
    explicit KnobRow(PluginProcessor& processor);

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
