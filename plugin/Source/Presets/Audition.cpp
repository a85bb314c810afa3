#include "Presets/Audition.h"

#include "Wire/Json.h"

namespace starling
{
namespace
{
juce::String withoutNote(const juce::String& recipe)
{
    auto fields = parseJson(recipe);

    if (auto* object = fields.getDynamicObject())
        object->removeProperty("note");

    return juce::JSON::toString(fields, true);
}
} // namespace

Request auditionRequest(int preset, int note)
{
    Request request;
    request.address = protocol::Audition::address;
    request.values = {preset, note, auditionVelocity, auditionSeconds};
    return request;
}

bool isSamePreset(const juce::String& recipe, const juce::String& other)
{
    return recipe.isNotEmpty() && withoutNote(recipe) == withoutNote(other);
}
} // namespace starling
