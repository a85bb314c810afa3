#include "Editor/Widgets/ModelMenu.h"

namespace starling
{
ModelMenu::ModelMenu(PluginProcessor& p, const char* parameterId, bool offersChip)
    : processor(p),
      index(indexOf(parameterId)),
      hasChip(offersChip),
      attachment(p.parameters.get(parameterId), [this](float) { show(); }),
      chipAttachment(p.parameters.get(param::chip), [this](float) { show(); })
{
    update({});
}

void ModelMenu::update(const std::vector<ModelSpec>& models)
{
    juce::StringArray titles;

    for (const auto& each : models)
        titles.add(each.title + (each.available ? "" : "  (not in the engine)"));

    if (titles == shown && getNumItems() > 0)
        return;

    shown = titles;
    clear(juce::dontSendNotification);
    addItemList(titles, 1);

    if (hasChip)
        addItem("NES chip", chipItem);

    show();
}

void ModelMenu::show()
{
    const auto& parameters = processor.parameters;
    const auto isChip = hasChip && parameters.value(indexOf(param::chip)) >= 0.5f;
    setSelectedId(isChip ? chipItem : juce::roundToInt(parameters.value(index)) + 1,
                  juce::dontSendNotification);
}
} // namespace starling
