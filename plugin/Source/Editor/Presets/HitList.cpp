#include "Editor/Presets/HitList.h"

#include "Editor/Presets/Aspects/AspectBars.h"
#include "Editor/Presets/HitRow.h"
#include "Editor/Widgets/NeedsEngine.h"

namespace starling
{
namespace
{
constexpr int rowHeight = 42;

bool sameHits(const std::vector<Hit>& a, const std::vector<Hit>& b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](const Hit& x, const Hit& y)
                      {
                          return x.preset == y.preset && x.score == y.score && x.loss == y.loss &&
                                 x.alike == y.alike;
                      });
}
} // namespace

HitList::HitList(PluginProcessor& p, const juce::String& listTitle,
                 const juce::String& textWhenEmpty)
    : processor(p),
      emptyText(textWhenEmpty),
      markButton("Favourite", colour::dim, colour::text, colour::warning)
{
    list.setModel(this);
    list.setRowHeight(rowHeight);
    list.setTitle(listTitle);
    list.setHasFocusOutline(true);
    addAndMakeVisible(list);
    markButton.setShape(starShape({0.0f, 0.0f, 20.0f, 20.0f}), false, true, false);

    const std::tuple<juce::Button*, Action, const char*> buttons[] = {
        {&listenButton, &HitList::listen, "Hear this preset once (Return)."},
        {&useButton, &HitList::use,
         "Render this preset at notes across the keyboard and play it with the keys (K)."},
        {&similarButton, &HitList::searchOn, "Find presets that sound like this one."},
        {&exportButton, &HitList::exportFile, "Write this preset as a file that its synth loads."},
        {&markButton, &HitList::toggleFavourite, "Mark as a favourite, or no longer (F)."},
    };

    for (const auto& [button, action, tip] : buttons)
    {
        button->onClick = [this, act = action] { withSelected(act); };
        tips.emplace_back(button, tip);
        button->setHasFocusOutline(true);
        addAndMakeVisible(button);
    }
    enableButtons();
}

void HitList::show(const std::vector<Hit>& newHits, int auditionedPreset, bool hasEngine)
{
    if (std::exchange(isConnected, hasEngine) != hasEngine)
    {
        enableButtons();
        repaint();
    }
    const auto isSame = sameHits(hits, newHits);

    if (isSame && std::exchange(auditioned, auditionedPreset) == auditionedPreset &&
        std::equal(hits.begin(), hits.end(), newHits.begin(),
                   [](const Hit& x, const Hit& y) { return x.isFavourite == y.isFavourite; }))
        return;

    const auto chosen = chosenPreset();
    hits = newHits;
    auditioned = auditionedPreset;

    if (!isSame)
    {
        list.updateContent();
        choosePreset(chosen);
    }
    showMark();
    repaint();
    list.repaint();
}

int HitList::chosenPreset() const
{
    const auto row = list.getSelectedRow();
    return row >= 0 && row < static_cast<int>(hits.size()) ? hits[static_cast<size_t>(row)].preset
                                                           : 0;
}

/** What was chosen stays so while a search is refined. */
void HitList::choosePreset(int preset)
{
    const auto found = std::find_if(hits.begin(), hits.end(), [preset](const auto& hit)
                                    { return preset > 0 && hit.preset == preset; });

    if (found == hits.end())
        list.deselectAllRows();
    else
        list.selectRow(static_cast<int>(std::distance(hits.begin(), found)), true);
}

void HitList::paintListBoxItem(int row, juce::Graphics& g, int width, int height, bool selected)
{
    if (row < 0 || row >= getNumRows())
        return;

    const auto& hit = hits[static_cast<size_t>(row)];
    paintHitRow(g, {width, height}, hit, selected, hit.preset == auditioned);
}

juce::String HitList::getNameForRow(int row)
{
    if (row < 0 || row >= getNumRows())
        return {};

    const auto& hit = hits[static_cast<size_t>(row)];
    const auto nearness = nearnessText(hit);
    return hit.name + (nearness.isEmpty() ? "" : ", " + nearness) +
           (hit.isFavourite ? ", favourite" : "");
}

juce::String HitList::getTooltipForRow(int row)
{
    if (row < 0 || row >= getNumRows())
        return {};

    const auto& hit = hits[static_cast<size_t>(row)];
    const auto nearness = nearnessText(hit);
    return hit.name + (nearness.isEmpty() ? "" : ", " + nearness) +
           (hasAspects(hit) ? "\n" + aspectsText(hit) : juce::String()) +
           (hit.tags.isEmpty() ? "" : "\n" + hit.tags) +
           "\nClick to hear it, the star to mark it; double-click puts it on the keys.";
}

void HitList::listBoxItemClicked(int, const juce::MouseEvent& event)
{
    withSelected(event.x < starWidth ? &HitList::toggleFavourite : &HitList::listen);
}

void HitList::listBoxItemDoubleClicked(int, const juce::MouseEvent& event)
{
    if (event.x >= starWidth)
        withSelected(&HitList::use);
}

void HitList::returnKeyPressed(int)
{
    withSelected(&HitList::listen);
}

bool HitList::keyPressed(const juce::KeyPress& key)
{
    const auto letter = juce::CharacterFunctions::toLowerCase(key.getTextCharacter());

    if (letter != 'f' && letter != 'k')
        return false;

    withSelected(letter == 'f' ? &HitList::toggleFavourite : &HitList::use);
    return true;
}

void HitList::selectedRowsChanged(int)
{
    enableButtons();
    showMark();
}

void HitList::enableButtons()
{
    for (const auto& [button, tip] : tips)
        enableWithEngine(*button, isConnected, tip, list.getSelectedRow() >= 0);
}

void HitList::showMark()
{
    const auto row = list.getSelectedRow();
    const auto isOn = row >= 0 && row < getNumRows() && hits[static_cast<size_t>(row)].isFavourite;
    const auto shade = isOn ? colour::warning : colour::dim;
    markButton.setColours(shade, colour::text, colour::warning);
    markButton.setTitle(isOn ? "No favourite any more" : "Favourite");
    markButton.repaint();
}

void HitList::withSelected(Action action)
{
    const auto row = list.getSelectedRow();

    if (isConnected && row >= 0 && row < getNumRows())
        (this->*action)(Hit(hits[static_cast<size_t>(row)]));
}

void HitList::listen(const Hit& hit)
{
    auto& engine = processor.engine;
    engine.post([&engine, hit, note = processor.parameters.playerSettings().root]
                { engine.search.audition(hit, note); });
}

void HitList::use(const Hit& hit)
{
    auto& engine = processor.engine;
    auto& mode = processor.parameters.get(param::mode);

    if (mode.getValue() > 0.0f) // in Fresh mode every key has a sound of its own
        mode.setValueNotifyingHost(0.0f);

    engine.post([&engine, hit, note = processor.parameters.playerSettings().root,
                 soundKey = processor.parameters.soundKey()]
                { engine.search.use(hit, note, soundKey); });
}

void HitList::searchOn(const Hit& hit)
{
    onSimilar(hit);
}

void HitList::exportFile(const Hit& hit)
{
    auto& engine = processor.engine;
    engine.post([&engine, hit] { engine.search.exportPreset(hit); });
}

void HitList::toggleFavourite(const Hit& hit)
{
    auto& engine = processor.engine;
    engine.post([&engine, hit] { engine.search.favourite(hit, !hit.isFavourite); });
}

void HitList::paint(juce::Graphics& g)
{
    if (!hits.empty())
        return;

    g.setColour(colour::dim);
    g.setFont(size::body);
    g.drawFittedText(isConnected ? emptyText : juce::String(noEngineTip),
                     list.getBounds().reduced(24, 0), juce::Justification::centred, 6);
}

void HitList::resized()
{
    auto area = getLocalBounds();
    auto row = area.removeFromBottom(size::row);
    area.removeFromBottom(6);
    list.setBounds(area);
    markButton.setBounds(row.removeFromLeft(size::row).reduced(5));
    row.removeFromLeft(6);
    const auto each = (row.getWidth() - 18) / 17; // widths as their words are long
    listenButton.setBounds(row.removeFromLeft(4 * each));
    row.removeFromLeft(6);
    useButton.setBounds(row.removeFromLeft(5 * each));
    row.removeFromLeft(6);
    exportButton.setBounds(row.removeFromRight(4 * each));
    row.removeFromRight(6);
    similarButton.setBounds(row);
}
} // namespace starling
