#include "Editor/Widgets/ModelMenu.h"

namespace starling
{
ModelMenu::ModelMenu(PluginProcessor& processor, const char* parameterId)
    : attachment(processor.parameters.get(parameterId), [this](float value)
                 { setSelectedId(juce::roundToInt(value) + 1, juce::dontSendNotification); })
{
    attachment.sendInitialUpdate();
}

void ModelMenu::update(const std::vector<ModelSpec>& models)
{
    juce::StringArray titles;

    for (const auto& each : models)
        titles.add(each.title + (each.available ? "" : "  (not in the engine)"));

    if (titles == shown)
        return;

    shown = titles;
    clear(juce::dontSendNotification);
    addItemList(titles, 1);
    attachment.sendInitialUpdate();
}
} // namespace starling
