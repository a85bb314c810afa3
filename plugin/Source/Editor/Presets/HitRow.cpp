#include "Editor/Presets/HitRow.h"

#include "Editor/Presets/Aspects/AspectBars.h"

namespace starling
{
namespace
{
/** How near a hit is, 0..1: the score of a search, or a match's loss against 20 dB. */
float nearness(const Hit& hit)
{
    constexpr auto farDecibels = 20.0f;
    return juce::jlimit(0.0f, 1.0f, hit.loss >= 0.0f ? 1.0f - hit.loss / farDecibels : hit.score);
}

constexpr int scoreWidth = 84, lossWidth = 56, barsWidth = 44;

void paintNearness(juce::Graphics& g, juce::Rectangle<int> area, const Hit& hit)
{
    g.setColour(colour::text);
    g.setFont(size::small);
    g.drawText(nearnessText(hit), area.removeFromTop(area.getHeight() / 2),
               juce::Justification::bottomRight);
    const auto bar = area.withSizeKeepingCentre(area.getWidth(), 3).toFloat();
    g.setColour(colour::line);
    g.fillRoundedRectangle(bar, 1.5f);
    g.setColour(colour::accent);
    g.fillRoundedRectangle(bar.withWidth(bar.getWidth() * nearness(hit)), 1.5f);
}

void paintStar(juce::Graphics& g, juce::Rectangle<int> area, bool isOn)
{
    const auto star = starShape(area.toFloat().withSizeKeepingCentre(15.0f, 15.0f));
    g.setColour(isOn ? colour::warning : colour::dim.withAlpha(0.6f));

    if (isOn)
        g.fillPath(star);
    else
        g.strokePath(star, juce::PathStrokeType(1.2f));
}
} // namespace

juce::String nearnessText(const Hit& hit)
{
    if (hit.loss >= 0.0f)
        return juce::String(hit.loss, 1) + " dB";

    return hit.score > 0.0f ? percentText(hit.score) + "  " + relationFor(hit.score)
                            : juce::String();
}

juce::Path starShape(juce::Rectangle<float> area)
{
    juce::Path star;
    const auto radius = juce::jmin(area.getWidth(), area.getHeight()) / 2.0f;
    star.addStar(area.getCentre(), 5, radius * 0.45f, radius);
    return star;
}

void paintHitRow(juce::Graphics& g, juce::Rectangle<int> area, const Hit& hit, bool isSelected,
                 bool isAuditioned)
{
    area.reduce(0, 1);
    g.setColour(isSelected ? colour::raised.brighter(0.1f) : colour::raised.withAlpha(0.5f));
    g.fillRoundedRectangle(area.toFloat(), 5.0f);

    if (isAuditioned)
    {
        g.setColour(colour::accent);
        g.fillRoundedRectangle(area.withWidth(3).toFloat(), 1.5f);
    }

    paintStar(g, area.removeFromLeft(starWidth), hit.isFavourite);
    area = area.withTrimmedRight(8).reduced(0, 3);

    if (hasAspects(hit))
    {
        paintAspects(g, area.removeFromRight(barsWidth).reduced(0, 3).toFloat(), hit);
        area.removeFromRight(10);
    }

    if (hit.loss >= 0.0f || hit.score > 0.0f)
    {
        paintNearness(g, area.removeFromRight(hit.loss >= 0.0f ? lossWidth : scoreWidth), hit);
        area.removeFromRight(8);
    }

    g.setColour(colour::text);
    g.setFont(size::body);
    g.drawText(hit.name, area.removeFromTop(area.getHeight() / 2),
               juce::Justification::centredLeft);
    g.setColour(colour::dim);
    g.setFont(size::small);
    g.drawText(hit.synth + (hit.bank.isEmpty() ? "" : "  /  " + hit.bank), area,
               juce::Justification::centredLeft);
}
} // namespace starling
