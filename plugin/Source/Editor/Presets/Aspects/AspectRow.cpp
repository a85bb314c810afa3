#include "Editor/Presets/Aspects/AspectRow.h"

#include "Editor/Presets/Aspects/AspectBars.h"
#include "Editor/Widgets/NeedsEngine.h"

namespace starling
{
namespace
{
constexpr int nameWidth = 72, lessWidth = 52, moreWidth = 54;

double rangeOf(const char* option)
{
    for (const auto& each : aspects::options)
        if (juce::String(option) == each.name)
            return static_cast<double>(each.high);

    return 1.0;
}
} // namespace

AspectRow::AspectRow(size_t aspectIndex) : index(aspectIndex), aspect(aspects::all[aspectIndex])
{
    const juce::String title(aspect.title), ends(aspect.less);
    const auto most = rangeOf(aspect.weight);
    addSlider(weight, 0.0, static_cast<double>(AspectOptions().weights[index]) * most,
              title + " counts");
    name.setText(title, juce::dontSendNotification);
    less.setText(aspect.less, juce::dontSendNotification);
    less.setJustificationType(juce::Justification::centredRight);
    more.setText(aspect.more, juce::dontSendNotification);

    if (ends.isNotEmpty())
        addSlider(shift, -rangeOf(aspect.shift), 0.0, ends + " - " + aspect.more);

    for (auto* label : {&name, &less, &more})
    {
        label->setFont(juce::Font(size::small));
        label->setMinimumHorizontalScale(1.0f);
        label->setBorderSize({});
        label->setInterceptsMouseClicks(false, false);
        label->setColour(juce::Label::textColourId, label == &name ? colour::text : colour::dim);
        addAndMakeVisible(label);
    }
    showTips();
}

void AspectRow::addSlider(juce::Slider& slider, double low, double usual, const juce::String& title)
{
    slider.setSliderStyle(juce::Slider::LinearHorizontal);
    slider.setTextBoxStyle(juce::Slider::NoTextBox, true, 0, 0);
    slider.setRange(low, low < 0.0 ? -low : 1.0, 0.01);
    slider.setValue(usual, juce::dontSendNotification);
    slider.setDoubleClickReturnValue(true, usual);
    slider.setTitle(title);
    slider.setHasFocusOutline(true);
    slider.setScrollWheelEnabled(false); // the wheel scrolls the list beside it
    slider.onValueChange = [this] { changed(); };
    addAndMakeVisible(slider);
}

void AspectRow::changed()
{
    showTips();
    onChange();
}

void AspectRow::readInto(AspectOptions& options) const
{
    options.weights[index] = static_cast<float>(weight.getValue());
    options.shifts[index] = static_cast<float>(shift.isVisible() ? shift.getValue() : 0.0);
}

void AspectRow::show(const AspectOptions& options)
{
    weight.setValue(static_cast<double>(options.weights[index]), juce::dontSendNotification);

    if (shift.isVisible())
        shift.setValue(static_cast<double>(options.shifts[index]), juce::dontSendNotification);

    showTips();
}

void AspectRow::enable(bool isConnected)
{
    if (std::exchange(hasEngine, isConnected) != isConnected)
        showTips();
}

void AspectRow::showTips()
{
    const auto title = juce::String(aspect.title).toLowerCase();
    enableWithEngine(weight, hasEngine,
                     "How much " + title +
                         " counts: " + percentText(static_cast<float>(weight.getValue())) +
                         ". Double-click to reset.");
    const auto steps = shift.getValue();
    const auto where = steps == 0.0 ? juce::String("Neither ") + aspect.less + " nor " + aspect.more
                                    : juce::String(std::abs(steps), 2) + " steps " +
                                          (steps < 0.0 ? aspect.less : aspect.more);
    enableWithEngine(shift, hasEngine, where + " than the query. Double-click to reset.");
}

void AspectRow::resized()
{
    auto area = getLocalBounds();
    name.setBounds(area.removeFromLeft(nameWidth));
    const auto each = (area.getWidth() - lessWidth - moreWidth) / 2;
    weight.setBounds(area.removeFromLeft(each));
    less.setBounds(area.removeFromLeft(lessWidth));
    more.setBounds(area.removeFromRight(moreWidth));
    shift.setBounds(area);
}
} // namespace starling
