// What hosts show of parameters, and what people type into their fields.
#include "harness/harness.h"

namespace harness
{
namespace
{
using starling::Parameters;
using starling::ParameterSpec;
using starling::parameterTable;
using starling::PluginProcessor;

constexpr int positions = 200; // of a knob

/** As version 0.1.0 showed values: people have such texts in their notes, and hosts in projects. */
juce::String oldText(float value, const ParameterSpec& spec)
{
    const juce::String unit(spec.unit);
    const juce::String labels(spec.labels);

    if (labels.isNotEmpty())
        return juce::StringArray::fromTokens(labels, "|", {})[juce::roundToInt(value)];

    if (unit == "note")
        return juce::MidiMessage::getMidiNoteName(juce::roundToInt(value), true, true, 3);

    if (unit == "s" && value < 1.0f)
        return juce::String(juce::roundToInt(value * 1000.0f)) + " ms";

    return juce::String(value, spec.step > 0.0f ? 0 : 2) + (unit.isEmpty() ? "" : " " + unit);
}

/** The parameters whose text does not come back, at any position of the knob. */
juce::StringArray unstable(const Parameters& parameters)
{
    juce::StringArray result;

    for (int i = 0; i < Parameters::count; ++i)
        for (int n = 0; n <= positions; ++n)
        {
            const auto& parameter = parameters.get(i);
            const auto text = parameter.getText(static_cast<float>(n) / positions, 0);

            if (text.isEmpty() || parameter.getText(parameter.getValueForText(text), 0) != text)
                result.addIfNotAlreadyThere(juce::String(parameterTable[i].id) + " " + text);
        }
    return result;
}

juce::StringArray unread(const Parameters& parameters)
{
    juce::StringArray result;

    for (int i = 0; i < Parameters::count; ++i)
        for (int n = 0; n <= positions; ++n)
        {
            const auto& parameter = parameters.get(i);
            const auto& spec = parameterTable[i];
            const auto text =
                oldText(parameter.convertFrom0to1(static_cast<float>(n) / positions), spec);
            const auto value = parameter.convertFrom0to1(parameter.getValueForText(text));

            if (oldText(value, spec) != text)
                result.addIfNotAlreadyThere(juce::String(spec.id) + " " + text);
        }
    return result;
}

void roundTrips(Checks& check)
{
    PluginProcessor plugin;
    check.that(unstable(plugin.parameters).isEmpty(), "every text comes back, with no engine");
    const auto old = unread(plugin.parameters);
    std::printf("     %s\n", old.joinIntoString(", ").toRawUTF8());
    check.that(old.isEmpty(), "and every text of version 0.1.0");
    plugin.models.merge({{"drums", "Drums", "hash",
                          R"([{"name":"pitch","title":"Pitch","min":-12,"max":12,"default":0},
              {"name":"class","title":"Class","min":0,"max":2,"labels":["Kick","Snare","Hat"]},
              {"name":"rate","title":"Rate","min":20,"max":20000}])",
                          true},
                         {"cats", "Cat Meows", "hash", "[]", true}});
    plugin.textures.merge({{"rain", "Rain", "hash", "[]", true}});
    const auto found = unstable(plugin.parameters);
    std::printf("     %s\n", found.joinIntoString(", ").toRawUTF8());
    check.that(found.isEmpty(), "and with models, by whose names and units values are shown");
}

void typed(Checks& check)
{
    struct Typed
    {
        const char *id, *text;
        float value;
    };
    constexpr Typed table[] = {{"attack", "50 ms", 0.05f},  {"decay", "500 ms", 0.5f},
                               {"release", "2.50 s", 2.5f}, {"release", "0,25", 0.25f},
                               {"attack", "9 s", 5.0f},     {"root", "G#0", 32.0f},
                               {"root", "E3", 64.0f},       {"root", "Bb-1", 22.0f},
                               {"root", "C-2", 0.0f},       {"root", "60", 60.0f},
                               {"gain", "-6.00 dB", -6.0f}, {"gain", "-6", -6.0f},
                               {"tune", "3.00 st", 3.0f},   {"mode", "fresh", 1.0f},
                               {"p1duty", "12.5 %", 0.0f},  {"model", "3", 3.0f},
                               {"roundrobin", "8", 8.0f},   {"variation", "777777", 777777.0f}};
    PluginProcessor plugin;

    for (const auto& [id, text, value] : table)
    {
        const auto& parameter = plugin.parameters.get(id);
        const auto found = parameter.convertFrom0to1(parameter.getValueForText(text));
        check.that(std::abs(found - value) < 1e-4f, (juce::String(id) + ": " + text).toRawUTF8());
    }
    const auto& release = plugin.parameters.get("release");
    check.that(release.getValueForText("long") == release.getValue() &&
                   release.getValueForText({}) == release.getValue(),
               "what says nothing changes nothing");
}

void steps(Checks& check)
{
    PluginProcessor plugin;
    auto same = true;

    for (int i = 0; i < Parameters::count; ++i)
    {
        const auto& spec = parameterTable[i];
        const auto& parameter = plugin.parameters.get(i);
        const auto expected = juce::roundToInt(spec.maximum - spec.minimum) + 1;
        same = same && parameter.isDiscrete() == (spec.step > 0.0f) &&
               (spec.step == 0.0f || parameter.getNumSteps() == expected);
    }
    check.that(same, "what is counted has steps, and nothing else");
    auto& variation = plugin.parameters.get("variation");
    auto exact = true;

    for (const auto seed : {0, 1, 777777, 777778, 999998, 999999})
    {
        variation.setValueNotifyingHost(variation.convertTo0to1(static_cast<float>(seed)));
        exact = exact && plugin.parameters.soundKey().variation == seed;
    }
    check.that(exact, "a seed is that seed");
    check.that(plugin.parameters.get("release").getLabel() == "s" &&
                   plugin.parameters.get("gain").getLabel() == "dB" &&
                   plugin.parameters.get("tune").getLabel() == "st",
               "values have their units");
    check.that(plugin.parameters.get("release").textWithUnit(0.0f) == "0 ms",
               "the editor shows ms");
}

void names(Checks& check)
{
    PluginProcessor plugin;
    auto& parameters = plugin.parameters;
    const auto& control = parameters.get("control1");
    auto& model = parameters.get("model");
    check.that(control.getName(100) == "Control 1" && model.getText(0.0f, 0) == "0",
               "without models parameters have numbers");
    plugin.models.merge(
        {{"drums", "Drums", "hash", R"([{"name":"pitch","title":"Pitch","min":-12,"max":12}])",
          true},
         {"cats", "Cats", "hash", R"([{"name":"age","title":"Age","min":0,"max":1}])", true}});
    check.that(control.getName(100) == "Control 1", "a name stays until the host is told");
    parameters.renewNames();
    check.that(control.getName(100) == "Pitch" && model.getText(model.getValue(), 0) == "Drums",
               "with models they have names");
    check.that(control.getText(1.0f, 0) == "12" && control.getValueForText("-12") == 0.0f,
               "and controls the model's own values");
    model.setValueNotifyingHost(model.getValueForText("cats"));
    parameters.renewNames();
    check.that(parameters.soundKey().model == 1 && control.getName(100) == "Age",
               "a model is chosen by its name, and its controls are named");
    check.that(parameters.get("control2").getName(100) == "Control 2", "others have numbers still");
}
} // namespace

int checkTexts(const Arguments&)
{
    Checks check;
    roundTrips(check);
    typed(check);
    steps(check);
    names(check);
    return check.exitCode();
}
} // namespace harness
