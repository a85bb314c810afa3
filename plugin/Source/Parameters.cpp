#include "Parameters.h"

namespace starling
{
Parameters::Parameters(juce::AudioProcessor& processor, const ModelTable& models,
                       const ModelTable& textures)
{
    auto i = 0;

    for (const auto& spec : groupTable)
    {
        auto group = std::make_unique<juce::AudioProcessorParameterGroup>(spec.id, spec.title, "|");

        for (const auto end = i + spec.size; i < end; ++i)
        {
            auto parameter =
                std::make_unique<HostParameter>(parameterTable[i], contextOf(i, models, textures));
            all[static_cast<size_t>(i)] = parameter.get();
            parameter->addListener(this);
            group->addChild(std::move(parameter));
            setTouched(i, false);
        }
        processor.addParameterGroup(std::move(group));
    }
    jassert(i == count);
}

ParameterContext Parameters::contextOf(int index, const ModelTable& models,
                                       const ModelTable& textures) const
{
    const auto titlesOf = [](const ModelTable& table)
    {
        return [&table]
        {
            juce::StringArray titles;

            for (const auto& model : table.list())
                titles.add(model.title);

            return titles;
        };
    };
    const auto control = index - indexOf(param::control1);
    ParameterContext context;

    if (index == indexOf(param::model))
        context.titles = titlesOf(models);
    else if (index == indexOf(param::texturemodel))
        context.titles = titlesOf(textures);
    else if (control >= 0 && control < protocol::controlSlots)
        context.control = [this, &models, control]() -> std::optional<ControlSpec>
        {
            const auto model = models.at(soundKey().model);
            const auto controls = model ? model->controls() : std::vector<ControlSpec>{};
            const auto at = static_cast<size_t>(control);
            return at < controls.size() ? std::optional(controls[at]) : std::nullopt;
        };
    return context;
}

Parameters::~Parameters()
{
    cancelPendingUpdate();

    for (auto* parameter : all)
        parameter->removeListener(this);
}

void Parameters::renewNames()
{
    for (auto* parameter : all)
        parameter->renew();
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
    const auto settings = playerSettings();
    ParameterValues values;

    if (next.model != now.model)
        values.emplace_back(indexOf(param::model), static_cast<float>(next.model));

    if (next.variation != now.variation)
        values.emplace_back(indexOf(param::variation), static_cast<float>(next.variation));

    for (size_t n = 0; n < next.controls.size(); ++n)
        if (next.controls[n] != now.controls[n])
            values.emplace_back(indexOf(param::control1) + static_cast<int>(n),
                                static_cast<float>(next.controls[n]) / SoundKey::controlSteps);

    if (settings.fresh)
        values.emplace_back(indexOf(param::mode), 0.0f);

    if (settings.texture)
        values.emplace_back(indexOf(param::texture), 0.0f);

    if (settings.chip)
        values.emplace_back(indexOf(param::chip), 0.0f);

    set(values);
}

/*  The values hold at once, on any thread. The host is told on the message thread, of all of them
    as one act: it may ask for an undo of what is between the first begin and the last end. */
void Parameters::set(const ParameterValues& values)
{
    for (const auto& [index, value] : values)
    {
        get(index).setValue(get(index).convertTo0to1(value));
        touched[static_cast<size_t>(index)] = true;
    }
    {
        const std::lock_guard lock(mutex);

        for (const auto& each : values)
            if (std::find(untold.begin(), untold.end(), each.first) == untold.end())
                untold.push_back(each.first);
    }
    if (juce::MessageManager::existsAndIsCurrentThread())
        handleAsyncUpdate();
    else
        triggerAsyncUpdate();
}

void Parameters::handleAsyncUpdate()
{
    std::vector<int> due;
    {
        const std::lock_guard lock(mutex);
        due.swap(untold);
    }
    for (const auto index : due)
        get(index).beginChangeGesture();

    for (const auto index : due) // as it is now; set here, it could undo another thread's change
        get(index).sendValueChangedMessageToListeners(normalised(index));

    for (const auto index : due)
        get(index).endChangeGesture();
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
