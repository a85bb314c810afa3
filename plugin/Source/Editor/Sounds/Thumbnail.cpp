#include "Editor/Sounds/Thumbnail.h"

#include "Editor/Presets/HitRow.h"

namespace starling
{
namespace
{
constexpr int inset = 5;
}

Thumbnail::Thumbnail(PluginProcessor& p, const juce::String& name) : Button(name), processor(p)
{
    setTitle(name);
    setTooltip("Click to hear it; double-click plays it with the keys; drag it out as a WAV file.");
    setHasFocusOutline(true);
}

void Thumbnail::show(const SoundPointer& newSound, bool onKeys, bool kept)
{
    const auto isSame = newSound == shown && onKeys == isOnKeys && kept == isKept;

    if (isSame)
        return;

    isOnKeys = onKeys;
    isKept = kept;
    setEnabled(newSound != nullptr);

    if (std::exchange(shown, newSound) != newSound)
        measure();

    repaint();
}

void Thumbnail::select(bool now)
{
    if (std::exchange(isSelected, now) != now)
        repaint();
}

void Thumbnail::measure()
{
    shape.clear();

    if (shown != nullptr && getWidth() > 2 * inset)
        shape = shapeOf(*shown, getWidth() - 2 * inset);
}

void Thumbnail::paintButton(juce::Graphics& g, bool over, bool down)
{
    const auto area = getLocalBounds().toFloat().reduced(1.0f);
    g.setColour(isSelected ? colour::raised.brighter(0.12f)
                           : colour::raised.withAlpha(over || down ? 0.9f : 0.55f));
    g.fillRoundedRectangle(area, 5.0f);

    if (isOnKeys || isSelected)
    {
        g.setColour(isOnKeys ? colour::accent : colour::dim);
        g.drawRoundedRectangle(area.reduced(0.5f), 5.0f, isOnKeys ? 1.6f : 1.0f);
    }

    if (shown != nullptr)
        paintShape(g, area.reduced(static_cast<float>(inset)));

    if (isKept)
    {
        g.setColour(colour::warning);
        g.fillPath(starShape(area.reduced(4.0f).removeFromTop(11.0f).removeFromRight(11.0f)));
    }
}

void Thumbnail::paintShape(juce::Graphics& g, juce::Rectangle<float> area) const
{
    g.setColour(colour::dim);
    g.setFont(size::small - 2.0f);
    g.drawText(juce::String(shown->frames() / shown->info.rate, 2) + " s",
               area.removeFromBottom(12.0f), juce::Justification::bottomLeft);
    const auto middle = area.getCentreY(), half = area.getHeight() / 2.0f;
    g.setColour(isOnKeys ? colour::accent : colour::accent.withMultipliedBrightness(0.75f));

    for (size_t x = 0; x < shape.size(); ++x)
    {
        const auto top = middle - shape[x].getEnd() * half;
        const auto bottom = middle - shape[x].getStart() * half;
        g.fillRect(area.getX() + static_cast<float>(x), top, 1.0f, juce::jmax(1.0f, bottom - top));
    }
}

void Thumbnail::clicked()
{
    if (!std::exchange(wasDragged, false) && shown != nullptr)
        onListen();
}

void Thumbnail::mouseDown(const juce::MouseEvent& event)
{
    wasDragged = false;
    Button::mouseDown(event);
}

void Thumbnail::mouseDrag(const juce::MouseEvent& event)
{
    if (shown == nullptr || wasDragged || event.getDistanceFromDragStart() < dragDistance)
        return Button::mouseDrag(event);

    wasDragged = true;
    dragOut(*this, *shown, titleOf(*shown, processor.models));
}

void Thumbnail::mouseDoubleClick(const juce::MouseEvent&)
{
    if (shown != nullptr)
        onUse();
}
} // namespace starling
