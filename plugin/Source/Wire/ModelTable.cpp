#include "Wire/ModelTable.h"

#include "Wire/Json.h"

#include <algorithm>

namespace starling
{
namespace
{
ControlSpec controlFrom(const juce::var& json)
{
    ControlSpec control;
    control.name = json["name"].toString();
    control.title = json.hasProperty("title") ? json["title"].toString() : control.name;
    control.minimum = static_cast<float>(json.getProperty("min", 0.0));
    control.maximum = static_cast<float>(json.getProperty("max", 1.0));
    control.defaultValue = static_cast<float>(json.getProperty("default", control.minimum));

    if (const auto* labels = json["labels"].getArray())
        for (const auto& label : *labels)
            control.labels.add(label.toString());

    return control;
}
} // namespace

float ControlSpec::fromParameter(float normalised) const
{
    const auto value = minimum + normalised * (maximum - minimum);
    return isChoice() ? std::round(value) : value;
}

float ControlSpec::toParameter(float value) const
{
    return maximum > minimum ? juce::jlimit(0.0f, 1.0f, (value - minimum) / (maximum - minimum))
                             : 0.0f;
}

juce::String ControlSpec::textFor(float normalised) const
{
    const auto value = fromParameter(normalised);

    if (isChoice())
        return labels[juce::roundToInt(value - minimum)];

    return juce::String(value, maximum - minimum > 20.0f ? 0 : 2);
}

std::vector<ControlSpec> ModelSpec::everyControl() const
{
    std::vector<ControlSpec> result;
    const auto json = parseJson(controlsJson);

    if (const auto* entries = json.getArray())
        for (const auto& entry : *entries)
            result.push_back(controlFrom(entry));

    return result;
}

std::vector<ControlSpec> ModelSpec::controls() const
{
    auto result = everyControl();
    result.erase(std::remove_if(result.begin(), result.end(), [](const auto& control)
                                { return control.name == ModelTable::keyControl; }),
                 result.end());

    if (result.size() > protocol::controlSlots)
        result.erase(result.begin() + protocol::controlSlots, result.end());

    return result;
}

bool ModelSpec::takesKey() const
{
    const auto json = parseJson(controlsJson);
    const auto* entries = json.getArray();
    return entries != nullptr &&
           std::any_of(entries->begin(), entries->end(), [](const auto& entry)
                       { return entry["name"].toString() == ModelTable::keyControl; });
}

void ModelTable::merge(const std::vector<ModelSpec>& engineModels)
{
    const std::lock_guard lock(mutex);
    const auto before = models;

    for (auto& model : models)
        model.available = false;

    for (auto model : engineModels)
    {
        model.available = true;
        const auto known = std::find_if(models.begin(), models.end(),
                                        [&](auto& each) { return each.name == model.name; });

        if (known != models.end())
            *known = std::move(model);
        else if (models.size() < protocol::modelSlots)
            models.push_back(std::move(model));
    }
    refreshKeyed();
    noteChange(before);
}

void ModelTable::engineGone()
{
    const std::lock_guard lock(mutex);

    for (auto& model : models)
        model.available = false;
}

std::vector<ModelSpec> ModelTable::list() const
{
    const std::lock_guard lock(mutex);
    return models;
}

std::optional<ModelSpec> ModelTable::at(int index) const
{
    const std::lock_guard lock(mutex);

    if (index < 0 || index >= static_cast<int>(models.size()))
        return {};

    return models[static_cast<size_t>(index)];
}

void ModelTable::replace(std::vector<ModelSpec> saved)
{
    const std::lock_guard lock(mutex);
    const auto before = models;
    auto known = std::move(models);
    models = std::move(saved);
    models.resize(std::min<size_t>(models.size(), protocol::modelSlots));

    for (auto& model : known) // what the running engine has, and the project does not know
    {
        const auto same = std::find_if(models.begin(), models.end(),
                                       [&](auto& each) { return each.name == model.name; });

        if (same != models.end())
            *same = std::move(model);
        else if (model.available && models.size() < protocol::modelSlots)
            models.push_back(std::move(model));
    }
    refreshKeyed();
    noteChange(before);
}

void ModelTable::noteChange(const std::vector<ModelSpec>& before)
{
    const auto isSame = [](ModelSpec one, const ModelSpec& other)
    {
        one.available = other.available; // no part of a project
        return one == other;
    };

    if (!std::equal(before.begin(), before.end(), models.begin(), models.end(), isSame))
        ++changes;
}

void ModelTable::refreshKeyed()
{
    std::uint32_t bits = 0;

    for (size_t i = 0; i < models.size(); ++i)
        bits |= models[i].takesKey() ? 1u << i : 0u;

    keyed = bits;
}
} // namespace starling
