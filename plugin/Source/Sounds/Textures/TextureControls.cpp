#include "Sounds/Textures/TextureControls.h"

namespace starling
{
namespace
{
struct NamedControl
{
    const char *control, *parameter;
};

constexpr NamedControl controlTable[] = {{"temperature", param::temperature},
                                         {"top_p", param::topp},
                                         {"min_p", param::minp},
                                         {"variety", param::variety}};
constexpr const char* mixTable[] = {param::mix1, param::mix2, param::mix3, param::mix4};
constexpr const char* mixPrefix = "mix_"; // and an album's name
} // namespace

std::vector<TextureControl> textureControls(const ModelSpec& model)
{
    std::vector<TextureControl> result;
    size_t mixes = 0;

    for (const auto& control : model.everyControl())
    {
        for (const auto& [name, parameter] : controlTable)
            if (control.name == name)
                result.push_back({parameter, control});

        if (control.name.startsWith(mixPrefix) && mixes < std::size(mixTable))
            result.push_back({mixTable[mixes++], control});
    }
    return result;
}

juce::StringArray leftOutOfMix(const ModelSpec& model)
{
    juce::StringArray result;

    for (const auto& control : model.everyControl())
        if (control.name.startsWith(mixPrefix))
            result.add(control.title);

    result.removeRange(0, static_cast<int>(std::size(mixTable)));
    return result;
}

ControlValues textureValues(const Parameters& parameters,
                            const std::vector<TextureControl>& controls)
{
    ControlValues result;

    for (const auto& [parameter, control] : controls)
        result.emplace_back(control.name, juce::jlimit(control.minimum, control.maximum,
                                                       parameters.value(indexOf(parameter))));

    return result;
}

void setTextureDefaults(Parameters& parameters, const ModelSpec& model)
{
    for (const auto& [parameter, control] : textureControls(model))
        if (const auto index = indexOf(parameter); !parameters.isTouched(index))
        {
            const auto value = parameters.get(index).convertTo0to1(control.defaultValue);
            parameters.setQuietly(index, value);
        }
}
} // namespace starling
