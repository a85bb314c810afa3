#include "Editor/Textures/AheadMeter.h"

namespace starling
{
namespace
{
constexpr float fullSeconds = 0.4f; // a little more than the worker keeps ahead
}

AheadMeter::AheadMeter()
{
    setTitle("Frames ahead");
    setTooltip("How much of the newest texture is made before it is heard. When nothing is left, "
               "it fades, waits and fades in again: a gap.");
}

void AheadMeter::update(const TextureDisplay& display)
{
    const auto now = display.voices > 0 ? display.ahead.load() : 0.0f;

    if (now == ahead && gaps == display.gaps && voices == display.voices)
        return;

    ahead = now;
    gaps = display.gaps;
    voices = display.voices;
    repaint();
}

void AheadMeter::paint(juce::Graphics& g)
{
    auto area = getLocalBounds();
    g.setFont(juce::Font(size::small));
    g.setColour(gaps > 0 ? colour::warning : colour::dim);
    g.drawText(juce::String(gaps) + (gaps == 1 ? " gap" : " gaps"), area.removeFromRight(62),
               juce::Justification::centredRight);
    g.setColour(colour::dim);
    g.drawText(juce::String(juce::roundToInt(ahead * 1000.0f)) + " ms ahead",
               area.removeFromLeft(96), juce::Justification::centredLeft);
    const auto bar = area.withSizeKeepingCentre(area.getWidth(), 8).toFloat();
    g.setColour(colour::raised);
    g.fillRoundedRectangle(bar, 4.0f);
    g.setColour(colour::accent);
    g.fillRoundedRectangle(
        bar.withWidth(bar.getWidth() * juce::jlimit(0.0f, 1.0f, ahead / fullSeconds)), 4.0f);
}
} // namespace starling
