#include "Editor/Presets/Region/PartView.h"

#include "Editor/Widgets/NeedsEngine.h"
#include "Editor/Widgets/Shape.h"

namespace starling
{
namespace
{
constexpr int waveHeight = 36, textHeight = 20;
}

PartView::PartView()
{
    setTitle("Part of the recording");
}

void PartView::show(const SearchView& view, bool hasEngine)
{
    isConnected = hasEngine;
    setTooltip(!hasEngine ? juce::String(noEngineTip)
               : view.shape == nullptr
                   ? juce::String("The part that was searched with.")
                   : juce::String("Drag to search with another part, up to 60 s; "
                                  "double-click for the first sound in it."));

    if (view.shape == shape && view.part == part && view.notes == notes &&
        view.isMarked == isMarked && view.target == name)
        return;

    shape = view.shape;
    part = view.part;
    notes = view.notes;
    isMarked = view.isMarked;
    name = view.target;
    repaint();
}

int PartView::idealHeight() const
{
    return shape == nullptr ? textHeight : waveHeight + textHeight;
}

bool PartView::canMark() const
{
    return isConnected && shape != nullptr && shape->seconds > 0.0;
}

juce::Rectangle<float> PartView::wave() const
{
    return getLocalBounds().withTrimmedBottom(textHeight).toFloat();
}

float PartView::secondsAt(float x) const
{
    const auto area = wave();
    return juce::jlimit(0.0f, 1.0f, (x - area.getX()) / area.getWidth()) *
           static_cast<float>(shape->seconds);
}

float PartView::xAt(float seconds) const
{
    const auto area = wave();
    return area.getX() +
           area.getWidth() * juce::jmin(1.0f, seconds / static_cast<float>(shape->seconds));
}

juce::String PartView::text() const
{
    const auto shown = marking.value_or(part);

    if (shown.isEmpty())
        return {};

    const auto range =
        juce::String(shown.getStart(), 2) + " to " + juce::String(shown.getEnd(), 2) + " s";

    if (marking || notes == 0)
        return range;

    return range + "    " + juce::String(notes) + (notes == 1 ? " note" : " notes") +
           (isMarked ? "    marked" : "");
}

void PartView::mouseDown(const juce::MouseEvent&)
{
    marking.reset();
    isDragging = false;
}

void PartView::mouseDrag(const juce::MouseEvent& event)
{
    if (!canMark() || (!isDragging && event.getDistanceFromDragStart() < dragDistance / 2))
        return;

    isDragging = true;
    marking = markedPart(secondsAt(static_cast<float>(event.getMouseDownX())),
                         secondsAt(event.position.x));
    repaint();
}

void PartView::mouseUp(const juce::MouseEvent&)
{
    if (!std::exchange(isDragging, false))
        return;

    repaint();

    if (const auto marked = std::exchange(marking, std::nullopt))
    {
        part = *marked; // until the worker says so
        notes = 0;
        onMark(marked);
    }
}

void PartView::mouseDoubleClick(const juce::MouseEvent&)
{
    if (canMark())
        onMark({});
}

void PartView::paint(juce::Graphics& g)
{
    if (shape != nullptr)
        paintWave(g, wave());

    const juce::Font font(size::small);
    auto line = getLocalBounds().removeFromBottom(textHeight);
    g.setFont(font);
    g.setColour(colour::text);
    g.drawText(text(), line.removeFromRight(font.getStringWidth(text()) + 2),
               juce::Justification::centredRight);
    g.setColour(colour::dim);
    g.drawText(name, line.withTrimmedRight(size::gap), juce::Justification::centredLeft);
}

void PartView::paintWave(juce::Graphics& g, juce::Rectangle<float> area) const
{
    g.setColour(colour::background);
    g.fillRoundedRectangle(area, 3.0f);
    const auto taken = marking.value_or(part);
    const auto left = xAt(taken.getStart()), right = juce::jmax(left + 1.0f, xAt(taken.getEnd()));

    if (!taken.isEmpty())
    {
        g.setColour(colour::accent.withAlpha(0.18f));
        g.fillRect(left, area.getY(), right - left, area.getHeight());
    }

    const auto middle = area.getCentreY(), half = area.getHeight() / 2.0f - 1.0f;
    const auto width = static_cast<int>(area.getWidth()),
               columns = static_cast<int>(shape->columns.size());

    for (int x = 0; x < width && columns > 0; ++x)
    {
        const auto first = x * columns / width;
        auto levels = shape->columns[static_cast<size_t>(first)];

        for (auto n = first + 1; n < (x + 1) * columns / width; ++n)
            levels = levels.getUnionWith(shape->columns[static_cast<size_t>(n)]);

        const auto at = area.getX() + static_cast<float>(x);
        const auto top = middle - levels.getEnd() * half,
                   bottom = middle - levels.getStart() * half;
        g.setColour(at >= left && at <= right && !taken.isEmpty() ? colour::accent : colour::dim);
        g.fillRect(at, top, 1.0f, juce::jmax(1.0f, bottom - top));
    }

    if (!taken.isEmpty())
    {
        g.setColour(colour::accent);
        g.fillRect(left, area.getY(), 1.0f, area.getHeight());
        g.fillRect(right - 1.0f, area.getY(), 1.0f, area.getHeight());
    }
}
} // namespace starling
