#pragma once
#include "../PluginProcessor.h"
namespace starling
{
class Editor final : public juce::AudioProcessorEditor
{
  public:
    explicit Editor(PluginProcessor& p) : AudioProcessorEditor(p) { setSize(400, 300); }
};
} // namespace starling
