#include "Editor/Widgets/Knob.h"

namespace starling
{
Knob::Knob(PluginProcessor& processor, const char* parameterId)
    : attachment(processor.parameters.get(parameterId), slider),
      ownText(
          [&parameter = processor.parameters.get(parameterId)](double value)
          { return parameter.textWithUnit(parameter.convertTo0to1(static_cast<float>(value))); })
{
    slider.textFromValueFunction = ownText;
    slider.updateText();
    const auto& spec = parameterTable[indexOf(parameterId)];
    name.setText(spec.title, juce::dontSendNotification);
    name.setJustificationType(juce::Justification::centred);
    name.setFont(juce::Font(size::small));
    name.setColour(juce::Label::textColourId, colour::dim);
    name.setInterceptsMouseClicks(false, false);
    slider.setSliderStyle(juce::Slider::RotaryHorizontalVerticalDrag);
    slider.setTextBoxStyle(juce::Slider::TextBoxBelow, false, 80, 18);
    ownTip = juce::String(spec.title) + ": " + spec.text + ". Double-click for the default.";
    slider.setTooltip(ownTip);
    slider.setTitle(spec.title);
    slider.setDoubleClickReturnValue(true, spec.defaultValue);
    slider.setHasFocusOutline(true);
    slider.setWantsKeyboardFocus(true);
    addAndMakeVisible(name);
    addAndMakeVisible(slider);
}

void Knob::showAs(const ControlSpec& control)
{
    slider.setEnabled(true);
    setAlpha(1.0f);

    if (shownName == control.name)
        return;

    shownName = control.name;
    name.setText(control.title, juce::dontSendNotification);
    slider.setTitle(control.title);
    slider.setTooltip(control.title + ": a control of the model. Double-click for its default.");
    slider.setDoubleClickReturnValue(true, control.toParameter(control.defaultValue));
    slider.textFromValueFunction = [control](double value)
    { return control.textFor(static_cast<float>(value)); };
    slider.updateText();
}

void Knob::showAsNamed(const juce::String& title)
{
    slider.setEnabled(true);
    setAlpha(1.0f);

    if (shownName == title)
        return;

    shownName = title;
    name.setText(title, juce::dontSendNotification);
    slider.setTitle(title);
    slider.setTooltip(ownTip);
    slider.textFromValueFunction = ownText;
    slider.updateText();
}

void Knob::showAsUnused()
{
    slider.setEnabled(false);
    setAlpha(0.35f);

    if (shownName == "-")
        return;

    shownName = "-";
    name.setText("Not used", juce::dontSendNotification);
    slider.setTooltip("This model has fewer controls.");
    slider.textFromValueFunction = [](double) { return juce::String(); };
    slider.updateText();
}

void Knob::resized()
{
    auto area = getLocalBounds();
    name.setBounds(area.removeFromTop(18));
    slider.setBounds(area);
}
} // namespace starling
