// A menu of the engine's models, tied to the host parameter that says which. Message thread only.
#pragma once

#include "PluginProcessor.h"

namespace starling
{
class ModelMenu final : public juce::ComboBox
{
  public:
    /** The id of the NES chip's item, which stands after all models. */
    static constexpr int chipItem = protocol::modelSlots + 1;

    /** `offersChip`: the NES chip is one of the items, chosen while its own parameter is on. */
    ModelMenu(PluginProcessor& pluginProcessor, const char* parameterId, bool offersChip = false);

    /** Show these titles; which one is chosen stays the parameters'. */
    void update(const std::vector<ModelSpec>& models);

    /** Show the parameters' values: automation has set them without a call to listeners. */
    void followAutomation() { show(); }

  private:
    void show();

    PluginProcessor& processor;
    const int index;
    const bool hasChip;
    juce::ParameterAttachment attachment, chipAttachment;
    juce::StringArray shown;
};
} // namespace starling
