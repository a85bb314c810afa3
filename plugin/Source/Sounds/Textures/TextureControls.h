// Which host parameters turn which controls of a texture's model. Any thread but audio's.
#pragma once

#include "Parameters.h"
#include "Wire/ModelTable.h"

namespace starling
{
using ControlValues = std::vector<std::pair<juce::String, float>>;

/** A control of a texture's model and the parameter that turns it. */
struct TextureControl
{
    const char* parameter;
    ControlSpec control;
};

/** The controls of this model that have a parameter; those of the mix in the model's order. */
std::vector<TextureControl> textureControls(const ModelSpec& model);

/** Their values now, each within its control's range. */
ControlValues textureValues(const Parameters& parameters,
                            const std::vector<TextureControl>& controls);

/** The albums of a model's mix that have no parameter: they keep the model's own shares. */
juce::StringArray leftOutOfMix(const ModelSpec& model);

/** Set the parameters that neither the user nor a project has set to the model's defaults. */
void setTextureDefaults(Parameters& parameters, const ModelSpec& model);
} // namespace starling
