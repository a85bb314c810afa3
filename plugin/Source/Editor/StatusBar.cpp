#include "Editor/StatusBar.h"

namespace starling
{
namespace
{
juce::Colour shadeOf(EngineState state)
{
    switch (state)
    {
    case EngineState::connected:
        return colour::accent;
    case EngineState::starting:
    case EngineState::greeting:
        return colour::warning;
    case EngineState::absent:
        break;
    }
    return colour::bad;
}
} // namespace

void StatusBar::update(const EngineView& view, int newVoices)
{
    if (state == view.state && sentence == view.sentence && voices == newVoices)
        return;

    state = view.state;
    sentence = view.sentence;
    voices = newVoices;
    setTooltip(sentence);
    setTitle(sentence); // what a screen reader reads
    repaint();
}

void StatusBar::paint(juce::Graphics& g)
{
    auto area = getLocalBounds();
    g.setColour(colour::text);
    g.setFont(juce::Font(size::title).boldened());
    g.drawText("Starling", area.removeFromLeft(100), juce::Justification::centredLeft);

    const auto shade = shadeOf(state);
    const auto font = juce::Font(size::small);
    g.setFont(font);
    g.setColour(colour::dim);
    auto right = area.removeFromRight(84);
    g.drawText(juce::String(voices) + (voices == 1 ? " voice" : " voices"), right,
               juce::Justification::centredRight);

    const auto width = juce::jmin(area.getWidth(), font.getStringWidth(sentence) + 26);
    auto status = area.removeFromRight(width);
    g.setColour(shade);
    g.fillEllipse(status.removeFromLeft(18).withSizeKeepingCentre(9, 9).toFloat());
    g.setColour(state == EngineState::absent ? colour::text : colour::dim);
    g.drawText(sentence, status, juce::Justification::centredLeft);
}
} // namespace starling
