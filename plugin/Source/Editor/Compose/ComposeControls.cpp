#include "Editor/Compose/ComposeControls.h"

#include "Editor/Widgets/NeedsEngine.h"

namespace starling
{
namespace
{
constexpr const char* voiceTable[] = {"P1", "P2", "TR", "NO"};
constexpr int barTable[] = {0, 1, 2, 4, 8, 16, 32};
constexpr int mostSeeds = 1000000; // that are drawn: a number that a person can repeat
constexpr int controlHeight = 26, space = 6;
} // namespace

ComposeControls::ComposeControls(PluginProcessor& p) : processor(p)
{
    addVoices();
    addSliders();

    for (const auto count : barTable)
        bars.addItem(count == 0   ? juce::String("no bars more")
                     : count == 1 ? juce::String("1 bar")
                                  : juce::String(count) + " bars",
                     count + 1);

    bars.setTitle("Bars to write");
    bars.setTooltip("How many bars follow the prompt. With no more bars, voices are written to "
                    "those of the prompt.");
    bars.onChange = [this]
    { change([count = bars.getSelectedId() - 1](auto& contents) { contents.bars = count; }); };
    seed.setRange(0.0, protocol::maxSeed, 1.0);
    seed.setTitle("Seed");
    seed.setTextValueSuffix("  seed");
    seed.setSliderSnapsToMousePosition(false);
    seed.setTooltip("The same seed and choices give the same music; double-click to type one.");
    seed.onValueChange = [this]
    {
        change([number = static_cast<int>(seed.getValue())](auto& contents)
               { contents.seed = number; });
    };
    again.onClick = [this]
    {
        const auto next = juce::Random::getSystemRandom().nextInt(mostSeeds);
        change([next](auto& contents) { contents.seed = next; });
        onAgain();
    };

    for (auto* part : std::initializer_list<juce::Component*>{&bars, &seed, &again})
    {
        part->setHasFocusOutline(true);
        addAndMakeVisible(part);
    }
}

void ComposeControls::addVoices()
{
    for (size_t n = 0; n < std::size(voiceTable); ++n)
    {
        auto& button = *voices.emplace_back(std::make_unique<juce::TextButton>(voiceTable[n]));
        button.setClickingTogglesState(true);
        button.setTitle("Write " + juce::String(voiceTable[n]));
        button.setTooltip("Whether this voice is written. With all four the music goes on from "
                          "the prompt; fewer are written to the others, from its beginning on.");
        button.setHasFocusOutline(true);
        button.onClick = [this, n, &button]
        { change([n, on = button.getToggleState()](auto& contents) { contents.voices[n] = on; }); };
        addAndMakeVisible(button);
    }
}

void ComposeControls::addSliders()
{
    for (size_t n = 0; n < ComposeContents::controls; ++n)
    {
        auto& slider = *sliders.emplace_back(
            std::make_unique<juce::Slider>(juce::Slider::LinearBar, juce::Slider::TextBoxLeft));
        slider.setHasFocusOutline(true);
        slider.onValueChange = [this, n, &slider]
        {
            change([n, value = static_cast<float>(slider.getValue())](auto& contents)
                   { contents.values[n] = value; });
        };
        addAndMakeVisible(slider);
    }
}

void ComposeControls::change(const Change& how)
{
    processor.choices.change(how);
}

void ComposeControls::update(const ComposeContents& contents, const ModelSpec* model)
{
    for (size_t n = 0; n < voices.size(); ++n)
        voices[n]->setToggleState(contents.voices[n], juce::dontSendNotification);

    bars.setSelectedId(contents.bars + 1, juce::dontSendNotification);

    if (!seed.isMouseButtonDown())
        seed.setValue(contents.seed, juce::dontSendNotification);

    const auto controls = model == nullptr ? std::vector<ControlSpec>() : model->everyControl();
    const auto isNew = std::exchange(shownControls, model == nullptr ? "" : model->controlsJson) !=
                       (model == nullptr ? juce::String() : model->controlsJson);

    if (isNew)
        repaint();

    for (size_t n = 0; n < sliders.size(); ++n)
    {
        auto& slider = *sliders[n];
        const auto found =
            std::find_if(controls.begin(), controls.end(), [n](const auto& control)
                         { return control.name == ComposeContents::controlTable[n]; });
        slider.setVisible(found != controls.end());

        if (isNew && found != controls.end())
        {
            slider.setRange(found->minimum, found->maximum, 0.01);
            slider.setTitle(found->title);
            slider.setTextValueSuffix("  " + found->title.toLowerCase());
            slider.setTooltip(found->title + " of the composer, " +
                              juce::String(found->minimum, 2) + " to " +
                              juce::String(found->maximum, 2) + ".");
            slider.setDoubleClickReturnValue(true, found->defaultValue);
        }
        const auto value = contents.values[n] < 0.0f && found != controls.end()
                               ? found->defaultValue
                               : contents.values[n];

        if (found != controls.end() && !slider.isMouseButtonDown())
            slider.setValue(value, juce::dontSendNotification);
    }
}

void ComposeControls::enableAgain(bool isConnected, bool canCompose)
{
    enableWithEngine(again, isConnected, "Compose once more, with another seed.", canCompose);
}

void ComposeControls::paint(juce::Graphics& g) // grounds: a bar draws only what it is filled with
{
    const auto ground = [&g](const juce::Component& part)
    {
        g.setColour(colour::raised);
        g.fillRoundedRectangle(part.getBounds().toFloat(), 3.0f);
    };
    ground(seed);

    for (const auto& slider : sliders)
        if (slider->isVisible())
            ground(*slider);
}

void ComposeControls::resized()
{
    auto area = getLocalBounds();
    auto row = area.removeFromTop(controlHeight);
    bars.setBounds(row.removeFromRight(116));
    row.removeFromRight(space);
    const auto width = (row.getWidth() + space) / static_cast<int>(voices.size());

    for (auto& button : voices)
        button->setBounds(row.removeFromLeft(width).withTrimmedRight(space));

    area.removeFromTop(space);
    row = area.removeFromTop(controlHeight);
    const auto third = (row.getWidth() + space) / static_cast<int>(sliders.size());

    for (auto& slider : sliders)
        slider->setBounds(row.removeFromLeft(third).withTrimmedRight(space));

    area.removeFromTop(space);
    row = area.removeFromTop(controlHeight);
    again.setBounds(row.removeFromRight(76));
    row.removeFromRight(space);
    seed.setBounds(row);
}
} // namespace starling
