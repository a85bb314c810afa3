#include "Parameters.h"

namespace starling
{
namespace
{
juce::String withUnit(float value, const ParameterSpec& spec)
{
    const juce::String unit(spec.unit);

    if (unit == "note")
        return juce::MidiMessage::getMidiNoteName(juce::roundToInt(value), true, true, 3);

    if (unit == "s" && value < 1.0f)
        return juce::String(juce::roundToInt(value * 1000.0f)) + " ms";

    const auto digits = spec.step > 0.0f ? 0 : 2;
    return juce::String(value, digits) + (unit.isEmpty() ? "" : " " + unit);
}

juce::NormalisableRange<float> rangeOf(const ParameterSpec& spec)
{
    juce::NormalisableRange<float> range(spec.minimum, spec.maximum, spec.step);
    const auto middle = (spec.minimum + spec.maximum) / 2.0f;

    if (std::abs(spec.centre - middle) > 1e-6f)
        range.setSkewForCentre(spec.centre);

    return range;
}

std::unique_ptr<juce::RangedAudioParameter> make(const ParameterSpec& spec)
{
    const juce::ParameterID id(spec.id, 1);

    if (spec.labels[0] != 0)
        return std::make_unique<juce::AudioParameterChoice>(
            id, spec.title, juce::StringArray::fromTokens(spec.labels, "|", {}),
            juce::roundToInt(spec.defaultValue));

    const auto* spot = &spec;

    if (spec.step >= 1.0f)
        return std::make_unique<juce::AudioParameterInt>(
            id, spec.title, juce::roundToInt(spec.minimum), juce::roundToInt(spec.maximum),
            juce::roundToInt(spec.defaultValue),
            juce::AudioParameterIntAttributes().withStringFromValueFunction(
                [spot](int value, int) { return withUnit(static_cast<float>(value), *spot); }));

    return std::make_unique<juce::AudioParameterFloat>(
        id, spec.title, rangeOf(spec), spec.defaultValue,
        juce::AudioParameterFloatAttributes().withStringFromValueFunction(
            [spot](float value, int) { return withUnit(value, *spot); }));
}
} // namespace

Parameters::Parameters(juce::AudioProcessor& processor)
{
    for (int i = 0; i < count; ++i)
    {
        auto parameter = make(parameterTable[i]);
        all[static_cast<size_t>(i)] = parameter.get();
        parameter->addListener(this);
        processor.addParameter(parameter.release());
        setTouched(i, false);
    }
}

Parameters::~Parameters()
{
    for (auto* parameter : all)
        parameter->removeListener(this);
}

SoundKey Parameters::soundKey() const noexcept
{
    SoundKey result;
    result.model = juce::roundToInt(value(indexOf(param::model)));
    result.variation = juce::roundToInt(value(indexOf(param::variation)));

    for (int n = 0; n < protocol::controlSlots; ++n)
        result.controls[static_cast<size_t>(n)] =
            juce::roundToInt(value(indexOf(param::control1) + n) * SoundKey::controlSteps);

    return result;
}

ChipSettings Parameters::chipSettings() const noexcept
{
    const auto number = [this](int index) { return juce::roundToInt(value(index)); };
    const auto isOn = [this](int index) { return value(index) >= 0.5f; };
    ChipSettings result;
    result.byKey = isOn(indexOf(param::chipvoices));
    result.lowestTr = number(indexOf(param::splittr));
    result.lowestP2 = number(indexOf(param::splitp2));
    result.lowestP1 = number(indexOf(param::splitp1));
    result.voices = {{{number(indexOf(param::p1duty)), number(indexOf(param::p1level)),
                       isOn(indexOf(param::p1mute))},
                      {number(indexOf(param::p2duty)), number(indexOf(param::p2level)),
                       isOn(indexOf(param::p2mute))},
                      {0, chip::full, isOn(indexOf(param::trmute))},
                      {number(indexOf(param::noisemode)), number(indexOf(param::noiselevel)),
                       isOn(indexOf(param::noisemute))}}};
    return result;
}

PlayerSettings Parameters::playerSettings() const noexcept
{
    PlayerSettings result;
    result.soundKey = soundKey();
    result.fresh = value(indexOf(param::mode)) >= 0.5f;
    result.texture = value(indexOf(param::texture)) >= 0.5f;
    result.chip = value(indexOf(param::chip)) >= 0.5f;
    result.tracking = value(indexOf(param::tracking)) >= 0.5f;
    result.root = juce::roundToInt(value(indexOf(param::root)));
    result.roundRobin = juce::roundToInt(value(indexOf(param::roundrobin)));
    result.tune = value(indexOf(param::tune));
    result.start = value(indexOf(param::start));
    result.length = value(indexOf(param::length));
    result.envelope = {value(indexOf(param::attack)), value(indexOf(param::decay)),
                       value(indexOf(param::sustain)), value(indexOf(param::release))};
    result.chips = chipSettings();
    result.chips.envelope = result.envelope;
    return result;
}

void Parameters::choose(const SoundKey& next)
{
    const auto now = soundKey();

    if (next.model != now.model)
        set(indexOf(param::model), static_cast<float>(next.model));

    if (next.variation != now.variation)
        set(indexOf(param::variation), static_cast<float>(next.variation));

    for (size_t n = 0; n < next.controls.size(); ++n)
        if (next.controls[n] != now.controls[n])
            set(indexOf(param::control1) + static_cast<int>(n),
                static_cast<float>(next.controls[n]) / SoundKey::controlSteps);

    if (playerSettings().fresh)
        set(indexOf(param::mode), 0.0f);

    if (playerSettings().texture)
        set(indexOf(param::texture), 0.0f);

    if (playerSettings().chip)
        set(indexOf(param::chip), 0.0f);
}

void Parameters::set(int index, float newValue)
{
    auto& parameter = get(index);
    parameter.setValueNotifyingHost(parameter.convertTo0to1(newValue));
}

void Parameters::setQuietly(int index, float normalised)
{
    quiet = index;
    get(index).setValueNotifyingHost(normalised);
    quiet = -1;
}

bool Parameters::takeAutomation() noexcept
{
    auto any = false;

    for (int i = 0; i < count; ++i)
        if (announced[static_cast<size_t>(i)] != normalised(i))
        {
            setTouched(i, true);
            any = true;
        }

    return any;
}

void Parameters::parameterValueChanged(int index, float)
{
    announced[static_cast<size_t>(index)] = normalised(index);

    if (quiet.load() != index)
        touched[static_cast<size_t>(index)] = true;
}
} // namespace starling
