// A parameter's values as text, and text as values: for hosts, whose fields can be typed into.
#pragma once

#include "Wire/ModelTable.h"
#include "Wire/Protocol.h"

#include <functional>

namespace starling
{
/** What of a parameter's text depends on what the engine has. Safe on any thread but audio's. */
struct ParameterContext
{
    /** The model's control that the parameter turns; nothing: none, or not known. */
    std::function<std::optional<ControlSpec>()> control = [] { return std::nullopt; };

    /** The titles of what the parameter's values number; empty: they are plain numbers. */
    std::function<juce::StringArray()> titles = [] { return juce::StringArray(); };
};

/** The value as hosts show it beside the unit of unitOf: `0.050`, `-6.00`, `C3`, `Drums`. `value`
    is in the table's range. */
juce::String textOf(float value, const ParameterSpec& spec, const ParameterContext& context);

/** The value of such a text, and of what version 0.1.0 showed or people write: `50 ms`, `G#0`, a
    label, a title. What is none of them is `otherwise`. */
float valueOf(const juce::String& text, const ParameterSpec& spec, const ParameterContext& context,
              float otherwise);

/** What hosts put behind the text. */
juce::String unitOf(const ParameterSpec& spec);

/** The text with its unit, as the editor shows it: `50 ms`, `-6.00 dB`. */
juce::String textWithUnit(float value, const ParameterSpec& spec, const ParameterContext& context);
} // namespace starling
