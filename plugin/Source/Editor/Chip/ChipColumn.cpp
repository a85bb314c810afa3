#include "Editor/Chip/ChipColumn.h"

namespace starling
{
ChipColumn::ChipColumn(PluginProcessor& p, const Spec& spec)
    : muteAttachment(p.parameters.get(spec.mute), mute), title(spec.title)
{
    name.setText(title, juce::dontSendNotification);
    name.setJustificationType(juce::Justification::centred);
    name.setFont(juce::Font(size::body).boldened());
    mute.setTitle("Mute " + title);
    mute.setTooltip("Silence this voice of the chip.");

    for (auto* part : std::initializer_list<juce::Component*>{&name, &mute})
        addAndMakeVisible(part);

    if (spec.shape != nullptr)
    {
        auto& parameter = p.parameters.get(spec.shape);
        shape.addItemList(parameter.getAllValueStrings(), 1);
        shape.setTitle(parameter.getName(40));
        shape.setTooltip(juce::String(parameterTable[indexOf(spec.shape)].text) + ".");
        shapeAttachment = std::make_unique<juce::ComboBoxParameterAttachment>(parameter, shape);
        addAndMakeVisible(shape);
    }

    if (spec.level != nullptr)
    {
        level = std::make_unique<Knob>(p, spec.level);
        level->showAsNamed("Level");
        addAndMakeVisible(*level);
    }

    for (auto* part : std::initializer_list<juce::Component*>{&shape, &mute})
        part->setHasFocusOutline(true);
}

void ChipColumn::showKey(int key)
{
    if (std::exchange(shownKey, key) == key)
        return;

    name.setText(key < 0 ? title
                         : title + "  " + juce::MidiMessage::getMidiNoteName(key, true, true, 3),
                 juce::dontSendNotification);
    name.setColour(juce::Label::textColourId, key < 0 ? colour::text : colour::accent);
}

void ChipColumn::followAutomation()
{
    muteAttachment.sendInitialUpdate();

    if (shapeAttachment != nullptr)
        shapeAttachment->sendInitialUpdate();

    if (level != nullptr)
        level->followAutomation();
}

void ChipColumn::resized()
{
    auto area = getLocalBounds().reduced(3, 0);
    name.setBounds(area.removeFromTop(22));
    shape.setBounds(area.removeFromTop(26));
    mute.setBounds(area.removeFromBottom(26));
    area.removeFromTop(4);

    if (level != nullptr)
        level->setBounds(area);
}
} // namespace starling
