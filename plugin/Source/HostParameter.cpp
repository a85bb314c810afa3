#include "HostParameter.h"

namespace starling
{
namespace
{
juce::NormalisableRange<float> rangeOf(const ParameterSpec& spec)
{
    juce::NormalisableRange<float> range(spec.minimum, spec.maximum, spec.step);
    const auto middle = (spec.minimum + spec.maximum) / 2.0f;

    if (std::abs(spec.centre - middle) > 1e-6f)
        range.setSkewForCentre(spec.centre);

    return range;
}
} // namespace

HostParameter::HostParameter(const ParameterSpec& row, ParameterContext where)
    : juce::RangedAudioParameter(juce::ParameterID(row.id, 1), row.title),
      spec(row),
      context(std::move(where)),
      range(rangeOf(row)),
      value(row.defaultValue),
      title(row.title)
{
}

void HostParameter::setValue(float normalised)
{
    value = std::isfinite(normalised) ? convertFrom0to1(normalised) : spec.defaultValue;
}

juce::String HostParameter::getName(int maximumLength) const
{
    const std::lock_guard lock(mutex);
    return title.substring(0, maximumLength);
}

void HostParameter::renew()
{
    const auto control = context.control();
    const std::lock_guard lock(mutex);
    title = control ? control->title : juce::String(spec.title);
}

juce::String HostParameter::getText(float normalised, int maximumLength) const
{
    const auto text = textOf(convertFrom0to1(normalised), spec, context);
    return maximumLength > 0 ? text.substring(0, maximumLength) : text;
}

float HostParameter::getValueForText(const juce::String& text) const
{
    return convertTo0to1(valueOf(text, spec, context, value));
}

int HostParameter::getNumSteps() const
{
    return isDiscrete() ? juce::roundToInt((spec.maximum - spec.minimum) / spec.step) + 1
                        : juce::RangedAudioParameter::getNumSteps();
}

/** Those of a choice; a list of a million seeds is of no use. */
juce::StringArray HostParameter::getAllValueStrings() const
{
    return juce::StringArray::fromTokens(spec.labels, "|", {});
}

juce::String HostParameter::textWithUnit(float normalised) const
{
    return starling::textWithUnit(convertFrom0to1(normalised), spec, context);
}
} // namespace starling
