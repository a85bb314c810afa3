#include "Editor/StatusBar.h"

namespace starling
{
namespace
{
constexpr int titleWidth = 100, voicesWidth = 84, startWidth = 132;

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

StatusBar::StatusBar()
{
    startButton.setTooltip(
        "Starling's engine makes new sounds and searches presets. It runs beside "
        "your host.");
    startButton.setHasFocusOutline(true);
    startButton.onClick = [this] { onStart(); };
    addChildComponent(startButton);
}

void StatusBar::update(const EngineView& view, int newVoices)
{
    startButton.setVisible(view.canStart);

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
    g.drawText("Starling", area.removeFromLeft(titleWidth), juce::Justification::centredLeft);

    const auto shade = shadeOf(state);
    const auto font = juce::Font(size::small);
    g.setFont(font);
    g.setColour(colour::dim);
    auto right = area.removeFromRight(voicesWidth);
    g.drawText(juce::String(voices) + (voices == 1 ? " voice" : " voices"), right,
               juce::Justification::centredRight);

    if (startButton.isVisible())
        area.removeFromRight(startWidth + size::gap);

    const auto width = juce::jmin(area.getWidth(), font.getStringWidth(sentence) + 26);
    auto status = area.removeFromRight(width);
    g.setColour(shade);
    g.fillEllipse(status.removeFromLeft(18).withSizeKeepingCentre(9, 9).toFloat());
    g.setColour(state == EngineState::absent ? colour::text : colour::dim);
    g.drawText(sentence, status, juce::Justification::centredLeft);
}

void StatusBar::resized()
{
    startButton.setBounds(getLocalBounds()
                              .withTrimmedRight(voicesWidth)
                              .removeFromRight(startWidth)
                              .withSizeKeepingCentre(startWidth, 26));
}
} // namespace starling
