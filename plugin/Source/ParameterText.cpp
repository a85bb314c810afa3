#include "ParameterText.h"

#include <juce_audio_basics/juce_audio_basics.h>

namespace starling
{
namespace
{
constexpr int middleOctave = 3; // that of note 60
constexpr int keysPerOctave = 12;

juce::StringArray labelsOf(const ParameterSpec& spec)
{
    return juce::StringArray::fromTokens(spec.labels, "|", {});
}

bool isNote(const ParameterSpec& spec)
{
    return juce::String(spec.unit) == "note";
}

bool isTime(const ParameterSpec& spec)
{
    return juce::String(spec.unit) == "s";
}

/** `C3`, `g#0`, `Bb-1`: a letter, an accidental, an octave. */
std::optional<int> noteFrom(const juce::String& text)
{
    constexpr int keys[] = {9, 11, 0, 2, 4, 5, 7}; // of A to G
    const auto letter = juce::CharacterFunctions::toUpperCase(text[0]) - 'A';

    if (letter < 0 || letter >= static_cast<int>(std::size(keys)))
        return {};

    const auto isSharp = text[1] == '#', isFlat = text[1] == 'b';
    const auto octave = text.substring(isSharp || isFlat ? 2 : 1).trim();

    if (octave.isEmpty() || !octave.containsOnly("-0123456789"))
        return {};

    const auto above = octave.getIntValue() - middleOctave;
    return 60 + above * keysPerOctave + keys[letter] + (isSharp ? 1 : isFlat ? -1 : 0);
}

/** A number, with the factor of the unit that follows it. */
std::optional<float> numberFrom(const juce::String& text, const ParameterSpec& spec)
{
    if (!text.containsAnyOf("0123456789"))
        return {};

    const auto number = text.replaceCharacter(',', '.').getFloatValue();
    const auto isMs = isTime(spec) && text.trim().endsWithIgnoreCase("ms");
    return isMs ? number / 1000.0f : number;
}

std::optional<float> controlFrom(const juce::String& text, const ControlSpec& control)
{
    const auto label = control.labels.indexOf(text, true);

    if (label >= 0)
        return control.toParameter(control.minimum + static_cast<float>(label));

    if (control.isChoice() || !text.containsAnyOf("0123456789"))
        return {};

    return control.toParameter(text.replaceCharacter(',', '.').getFloatValue());
}
} // namespace

juce::String unitOf(const ParameterSpec& spec)
{
    return isNote(spec) ? juce::String() : juce::String(spec.unit);
}

juce::String textOf(float value, const ParameterSpec& spec, const ParameterContext& context)
{
    const auto whole = juce::roundToInt(value);

    if (*spec.labels != 0)
        return labelsOf(spec)[whole];

    if (const auto title = context.titles()[whole]; title.isNotEmpty())
        return title;

    if (const auto control = context.control())
        return control->textFor(value);

    if (isNote(spec))
        return juce::MidiMessage::getMidiNoteName(whole, true, true, middleOctave);

    return spec.step >= 1.0f ? juce::String(whole) : juce::String(value, isTime(spec) ? 3 : 2);
}

float valueOf(const juce::String& text, const ParameterSpec& spec, const ParameterContext& context,
              float otherwise)
{
    const auto trimmed = text.trim();
    const auto asFloat = [](int number) { return static_cast<float>(number); };

    if (const auto label = labelsOf(spec).indexOf(trimmed, true); label >= 0)
        return asFloat(label);

    if (const auto title = context.titles().indexOf(trimmed, true); title >= 0)
        return asFloat(title);

    if (const auto control = context.control())
        return controlFrom(trimmed, *control).value_or(otherwise);

    if (const auto note = isNote(spec) ? noteFrom(trimmed) : std::nullopt)
        return juce::jlimit(spec.minimum, spec.maximum, asFloat(*note));

    if (const auto number = numberFrom(trimmed, spec))
        return juce::jlimit(spec.minimum, spec.maximum, *number);

    return otherwise;
}

juce::String textWithUnit(float value, const ParameterSpec& spec, const ParameterContext& context)
{
    if (isTime(spec))
        return value < 1.0f ? juce::String(juce::roundToInt(value * 1000.0f)) + " ms"
                            : juce::String(value, 2) + " s";

    const auto unit = unitOf(spec);
    return textOf(value, spec, context) + (unit.isEmpty() ? "" : " " + unit);
}
} // namespace starling
