#include "Editor/Presets/Aspects/AspectBars.h"

namespace starling
{
bool hasAspects(const Hit& hit)
{
    return std::any_of(hit.alike.begin(), hit.alike.end(), [](float part) { return part > 0.0f; });
}

juce::String percentText(float part)
{
    return juce::String(juce::roundToInt(part * 100.0f)) + " %";
}

juce::String aspectsText(const Hit& hit)
{
    juce::StringArray parts;

    for (size_t n = 0; n < hit.alike.size(); ++n)
    {
        const juce::String title(aspects::all[n].title);
        parts.add((n == 0 ? title : title.toLowerCase()) + " " + percentText(hit.alike[n]));
    }
    return parts.joinIntoString(", ");
}

void paintAspects(juce::Graphics& g, juce::Rectangle<float> area, const Hit& hit)
{
    constexpr auto gap = 3.0f;
    const auto count = static_cast<float>(hit.alike.size());
    const auto width = (area.getWidth() - gap * (count - 1.0f)) / count;

    for (size_t n = 0; n < hit.alike.size(); ++n)
    {
        auto bar = area.removeFromLeft(width);
        area.removeFromLeft(gap);
        g.setColour(colour::line);
        g.fillRoundedRectangle(bar, 1.5f);
        g.setColour(n == 0 ? colour::accent : colour::dim);
        g.fillRoundedRectangle(
            bar.removeFromBottom(juce::jmax(1.5f, bar.getHeight() * hit.alike[n])), 1.5f);
    }
}
} // namespace starling
