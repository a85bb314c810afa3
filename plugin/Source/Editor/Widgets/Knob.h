// A rotary slider with its name above, tied to a host parameter. Message thread only.
#pragma once

#include "Editor/Widgets/Look.h"
#include "PluginProcessor.h"

namespace starling
{
class Knob final : public juce::Component
{
  public:
    Knob(PluginProcessor& processor, const char* parameterId);

    /** Show the parameter as this control of the model. */
    void showAs(const ControlSpec& control);

    /** Show the parameter, in its own units, under the name that the model gives it. */
    void showAsNamed(const juce::String& title);

    /** The model has no control here. */
    void showAsUnused();

    /** Show the parameter's value: automation has set it without a call to listeners. */
    void followAutomation() { attachment.sendInitialUpdate(); }

    void resized() override;

  private:
    juce::Label name;
    juce::Slider slider;
    juce::SliderParameterAttachment attachment;
    juce::String shownName, ownTip;
    const std::function<juce::String(double)> ownText;
};
} // namespace starling
