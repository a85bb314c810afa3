#include "Editor/Sounds/MorphPad.h"

namespace starling
{
namespace
{
constexpr float margin = 18.0f, dot = 8.0f, keyStep = 0.05f;
}

MorphPad::MorphPad()
{
    setTitle("Morph pad");
    setWantsKeyboardFocus(true);
    setHasFocusOutline(true);
}

void MorphPad::show(MorphPoint now)
{
    if (isHeld || now == point)
        return;

    point = now;
    repaint();
}

juce::Rectangle<float> MorphPad::field() const
{
    return getLocalBounds().toFloat().reduced(margin);
}

void MorphPad::move(MorphPoint next, bool last)
{
    point = {juce::jlimit(0.0f, 1.0f, next.x), juce::jlimit(0.0f, 1.0f, next.y)};
    repaint();
    onMove(point, last);
}

void MorphPad::follow(const juce::MouseEvent& event, bool last)
{
    const auto area = field();
    move({(event.position.x - area.getX()) / area.getWidth(),
          (area.getBottom() - event.position.y) / area.getHeight()},
         last);
}

void MorphPad::mouseDown(const juce::MouseEvent& event)
{
    isHeld = true;
    follow(event, false);
}

void MorphPad::mouseDrag(const juce::MouseEvent& event)
{
    follow(event, false);
}

void MorphPad::mouseUp(const juce::MouseEvent& event)
{
    isHeld = false;
    follow(event, true);
}

bool MorphPad::keyPressed(const juce::KeyPress& key)
{
    const auto code = key.getKeyCode();
    const auto across = code == juce::KeyPress::rightKey  ? 1
                        : code == juce::KeyPress::leftKey ? -1
                                                          : 0;
    const auto up = code == juce::KeyPress::upKey ? 1 : code == juce::KeyPress::downKey ? -1 : 0;

    if (across == 0 && up == 0)
        return false;

    move({point.x + keyStep * static_cast<float>(across),
          point.y + keyStep * static_cast<float>(up)},
         true);
    return true;
}

std::unique_ptr<juce::AccessibilityHandler> MorphPad::createAccessibilityHandler()
{
    return std::make_unique<juce::AccessibilityHandler>(*this, juce::AccessibilityRole::slider);
}

void MorphPad::paint(juce::Graphics& g)
{
    const auto area = field();
    g.setColour(colour::background);
    g.fillRoundedRectangle(getLocalBounds().toFloat(), size::corner);
    g.setColour(colour::line.withAlpha(0.6f));

    for (int n = 0; n <= 4; ++n)
    {
        const auto share = static_cast<float>(n) / 4.0f;
        g.fillRect(area.getX() + share * area.getWidth(), area.getY(), 1.0f, area.getHeight());
        g.fillRect(area.getX(), area.getY() + share * area.getHeight(), area.getWidth(), 1.0f);
    }
    g.setFont(juce::Font(size::body, juce::Font::bold));
    g.setColour(colour::text);
    const auto middle = getLocalBounds().toFloat();
    g.drawText("A", middle.withWidth(margin), juce::Justification::centred);
    g.drawText("B", middle.withLeft(middle.getRight() - margin), juce::Justification::centred);
    g.setColour(colour::dim);
    g.setFont(size::small);
    g.drawText("B's controls", middle.withHeight(margin), juce::Justification::centred);
    g.drawText("A's controls", middle.withTop(middle.getBottom() - margin),
               juce::Justification::centred);

    const juce::Point<float> at{area.getX() + point.x * area.getWidth(),
                                area.getBottom() - point.y * area.getHeight()};
    g.setColour(colour::accent.withAlpha(0.25f));
    g.fillRect(at.x, area.getY(), 1.0f, area.getHeight());
    g.fillRect(area.getX(), at.y, area.getWidth(), 1.0f);
    g.setColour(isHeld ? colour::accent.brighter(0.4f) : colour::accent);
    g.fillEllipse(juce::Rectangle<float>(2.0f * dot, 2.0f * dot).withCentre(at));
}
} // namespace starling
