// A menu of the engine's models, tied to the host parameter that says which. Message thread only.
#pragma once

#include "PluginProcessor.h"

namespace starling
{
class ModelMenu final : public juce::ComboBox
{
  public:
    ModelMenu(PluginProcessor& processor, const char* parameterId);

    /** Show these titles; which one is chosen stays the parameter's. */
    void update(const std::vector<ModelSpec>& models);

    /** Show the parameter's value: automation has set it without a call to listeners. */
    void followAutomation() { attachment.sendInitialUpdate(); }

  private:
    juce::ParameterAttachment attachment;
    juce::StringArray shown;
};
} // namespace starling
