// One host parameter, made from a row of the generated table.
#pragma once

#include "ParameterText.h"

#include <juce_audio_processors/juce_audio_processors.h>

#include <mutex>

namespace starling
{
/** Its value may be read and set on any thread. Names and texts are not for the audio thread. */
class HostParameter final : public juce::RangedAudioParameter
{
  public:
    HostParameter(const ParameterSpec& row, ParameterContext where);

    // -- the value, 0..1 -----------------------------------------------------------------------
    float getValue() const override { return convertTo0to1(value); }

    /** What is no number is the default. */
    void setValue(float normalised) override;
    float getDefaultValue() const override { return convertTo0to1(spec.defaultValue); }

    // -- its description -----------------------------------------------------------------------
    juce::String getName(int maximumLength) const override;

    /** From now on the name of the model's control, if it turns one. Message thread, before the
        host is told: a host that reads names one after the other must find them unchanged. */
    void renew();
    juce::String getLabel() const override { return unitOf(spec); }
    juce::String getText(float normalised, int maximumLength) const override;
    float getValueForText(const juce::String& text) const override;
    bool isDiscrete() const override { return spec.step >= 1.0f; }
    int getNumSteps() const override;
    juce::StringArray getAllValueStrings() const override;
    const juce::NormalisableRange<float>& getNormalisableRange() const override { return range; }

    /** The text with its unit, for the editor. */
    juce::String textWithUnit(float normalised) const;

  private:
    const ParameterSpec& spec;
    const ParameterContext context;
    const juce::NormalisableRange<float> range;
    std::atomic<float> value; // in the table's range
    mutable std::mutex mutex;
    juce::String title;
};
} // namespace starling
