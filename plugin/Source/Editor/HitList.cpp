#include "HitList.h"

namespace starling
{
namespace
{
constexpr int rowHeight = 42;

bool sameHits(const std::vector<Hit>& a, const std::vector<Hit>& b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Hit& x, const Hit& y)
                      { return x.preset == y.preset && x.score == y.score; });
}
} // namespace

HitList::HitList()
{
    list.setModel(this);
    list.setRowHeight(rowHeight);
    list.setTitle("Presets found");
    list.setHasFocusOutline(true);
    addAndMakeVisible(list);

    const std::tuple<juce::TextButton*, std::function<void(const Hit&)>*, const char*> buttons[] = {
        {&listen, &onListen, "Hear this preset once."},
        {&use, &onUse, "Render this preset and play it with the keys."},
        {&similar, &onSimilar, "Find presets that sound like this one."},
        {&exportButton, &onExport, "Write this preset as a file that its synth loads."},
    };

    for (const auto& [button, action, tip] : buttons)
    {
        button->onClick = [this, act = action] { withSelected(*act); };
        button->setTooltip(tip);
        button->setEnabled(false);
        button->setHasFocusOutline(true);
        addAndMakeVisible(button);
    }
}

void HitList::show(const std::vector<Hit>& newHits, int auditionedPreset)
{
    if (auditioned != auditionedPreset)
    {
        auditioned = auditionedPreset;
        list.repaint();
    }

    if (sameHits(hits, newHits))
        return;

    hits = newHits;
    repaint();
    list.deselectAllRows();
    list.updateContent();
    list.repaint();
}

void HitList::paintListBoxItem(int row, juce::Graphics& g, int width, int height, bool selected)
{
    if (row < 0 || row >= getNumRows())
        return;

    const auto& hit = hits[static_cast<size_t>(row)];
    auto area = juce::Rectangle<int>(width, height).reduced(0, 1);
    g.setColour(selected ? colour::raised.brighter(0.1f) : colour::raised.withAlpha(0.5f));
    g.fillRoundedRectangle(area.toFloat(), 5.0f);

    if (hit.preset == auditioned)
    {
        g.setColour(colour::accent);
        g.fillRoundedRectangle(area.removeFromLeft(3).toFloat(), 1.5f);
    }

    area.reduce(8, 3);

    if (hit.score > 0.0f)
    {
        auto score = area.removeFromRight(44);
        g.setColour(colour::text);
        g.setFont(size::small);
        g.drawText(juce::String(juce::roundToInt(hit.score * 100.0f)) + " %",
                   score.removeFromTop(score.getHeight() / 2), juce::Justification::bottomRight);
        auto bar = score.withSizeKeepingCentre(score.getWidth(), 3).toFloat();
        g.setColour(colour::line);
        g.fillRoundedRectangle(bar, 1.5f);
        g.setColour(colour::accent);
        g.fillRoundedRectangle(bar.withWidth(bar.getWidth() * juce::jlimit(0.0f, 1.0f, hit.score)),
                               1.5f);
        area.removeFromRight(8);
    }

    g.setColour(colour::text);
    g.setFont(size::body);
    g.drawText(hit.name, area.removeFromTop(area.getHeight() / 2),
               juce::Justification::centredLeft);
    g.setColour(colour::dim);
    g.setFont(size::small);
    g.drawText(hit.synth + "  /  " + hit.bank, area, juce::Justification::centredLeft);
}

juce::String HitList::getNameForRow(int row)
{
    return row >= 0 && row < getNumRows() ? hits[static_cast<size_t>(row)].name : juce::String();
}

juce::String HitList::getTooltipForRow(int row)
{
    if (row < 0 || row >= getNumRows())
        return {};

    const auto& hit = hits[static_cast<size_t>(row)];
    return hit.name + (hit.tags.isEmpty() ? "" : "\n" + hit.tags) + "\nClick to hear it.";
}

void HitList::listBoxItemClicked(int, const juce::MouseEvent&)
{
    withSelected(onListen);
}
void HitList::returnKeyPressed(int)
{
    withSelected(onListen);
}

void HitList::selectedRowsChanged(int)
{
    for (auto* button : {&listen, &use, &similar, &exportButton})
        button->setEnabled(list.getSelectedRow() >= 0);
}

void HitList::withSelected(const std::function<void(const Hit&)>& action)
{
    const auto row = list.getSelectedRow();

    if (row >= 0 && row < getNumRows() && action)
        action(hits[static_cast<size_t>(row)]);
}

void HitList::paint(juce::Graphics& g)
{
    if (!hits.empty())
        return;

    g.setColour(colour::dim);
    g.setFont(size::body);
    g.drawFittedText("Hear something you like? Drop it above, and the presets on this machine that "
                     "sound most like it appear here.",
                     list.getBounds().reduced(30, 0), juce::Justification::centred, 5);
}

void HitList::resized()
{
    auto area = getLocalBounds();
    auto row = area.removeFromBottom(size::row);
    area.removeFromBottom(6);
    list.setBounds(area);
    const auto each = (row.getWidth() - 18) / 8;
    listen.setBounds(row.removeFromLeft(2 * each));
    row.removeFromLeft(6);
    use.setBounds(row.removeFromLeft(each + 8));
    row.removeFromLeft(6);
    exportButton.setBounds(row.removeFromRight(2 * each));
    row.removeFromRight(6);
    similar.setBounds(row);
}
} // namespace starling
