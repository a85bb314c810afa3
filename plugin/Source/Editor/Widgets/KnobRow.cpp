#include "Editor/Widgets/KnobRow.h"

namespace starling
{
namespace
{
struct KnobGroup
{
    const char* title;
    std::initializer_list<const char*> parameters;
};

const KnobGroup knobGroups[] = {
    {"ENVELOPE", {param::attack, param::decay, param::sustain, param::release}},
    {"SOUND", {param::start, param::length}},
    {"PITCH", {param::tune, param::root}},
    {"OUT", {param::gain}},
};
} // namespace

KnobRow::KnobRow(PluginProcessor& processor)
{
    for (const auto& spec : knobGroups)
    {
        Group group;
        group.title = spec.title;

        for (const auto* parameter : spec.parameters)
        {
            group.knobs.push_back(std::make_unique<Knob>(processor, parameter));
            addAndMakeVisible(*group.knobs.back());
        }
        groups.push_back(std::move(group));
    }
}

void KnobRow::followAutomation()
{
    for (const auto& group : groups)
        for (const auto& knob : group.knobs)
            knob->followAutomation();
}

void KnobRow::paint(juce::Graphics& g)
{
    for (const auto& group : groups)
    {
        paintPanel(g, group.area);
        paintHeading(g, group.area.reduced(size::gap, 4), group.title);
    }
}

void KnobRow::resized()
{
    auto area = getLocalBounds();
    size_t knobs = 0;

    for (const auto& group : groups)
        knobs += group.knobs.size();

    const auto gaps = size::gap * static_cast<int>(groups.size() - 1);
    const auto each = (area.getWidth() - gaps) / static_cast<int>(knobs);

    for (auto& group : groups)
    {
        group.area = area.removeFromLeft(each * static_cast<int>(group.knobs.size()));
        area.removeFromLeft(size::gap);
        auto inner = group.area.reduced(2, 6).withTrimmedTop(16);

        for (auto& knob : group.knobs)
            knob->setBounds(
                inner.removeFromLeft(group.area.getWidth() / static_cast<int>(group.knobs.size()) -
                                     4 / static_cast<int>(group.knobs.size())));
    }
}
} // namespace starling
