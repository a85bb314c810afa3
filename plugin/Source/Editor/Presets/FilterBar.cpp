#include "Editor/Presets/FilterBar.h"

#include "Editor/Widgets/NeedsEngine.h"

namespace starling
{
FilterBar::FilterBar()
    : menus{{Menu("synth", "All synths", "Only presets of this synth."),
             Menu("bank", "All banks", "Only presets of this bank."),
             Menu("tag", "All tags", "Only presets with this tag.")}}
{
    showHint(false);
    words.setFont(juce::Font(size::body));
    words.setIndents(8, 7);
    words.setTitle("Search words");
    words.onReturnKey = [this] { onChange(); };
    addAndMakeVisible(words);

    favourites.setHasFocusOutline(true);
    favourites.onClick = [this] { onChange(); };
    addAndMakeVisible(favourites);

    for (auto& menu : menus)
    {
        menu.box.setTitle(menu.all);
        menu.box.setHasFocusOutline(true);
        menu.box.addItem(menu.all, 1);
        menu.box.setSelectedId(1, juce::dontSendNotification);
        menu.box.onChange = [this] { onChange(); };
        addAndMakeVisible(menu.box);
    }
}

juce::String FilterBar::text() const
{
    juce::StringArray terms;
    terms.add(words.getText().trim());

    for (const auto& menu : menus)
        if (const auto index = menu.box.getSelectedId() - 2; index >= 0)
            terms.add(juce::String(menu.field) + ":" +
                      menu.values[index].removeCharacters("\"").quoted());

    if (favourites.getToggleState())
        terms.add("is:favourite");

    terms.removeEmptyStrings();
    return terms.joinIntoString(" ");
}

void FilterBar::show(const std::vector<Facet>& facets)
{
    if (facets == shown)
        return;

    shown = facets;

    for (auto& menu : menus)
    {
        const auto chosen = menu.values[menu.box.getSelectedId() - 2];
        menu.values.clear();
        menu.box.clear(juce::dontSendNotification);
        menu.box.addItem(menu.all, 1);

        for (const auto& facet : facets)
            if (facet.field == menu.field)
            {
                menu.values.add(facet.value);
                menu.box.addItem(facet.value + "  (" + juce::String(facet.presets) + ")",
                                 menu.values.size() + 1);
            }

        menu.box.setSelectedId(juce::jmax(1, menu.values.indexOf(chosen) + 2),
                               juce::dontSendNotification);
    }
}

void FilterBar::enable(bool isConnected)
{
    enableWithEngine(words, isConnected,
                     "Press Return. Without a sound, words list presets. With one, words such as "
                     "darker or warm pad steer the search; tag:bass and -dark narrow it.");
    enableWithEngine(favourites, isConnected, "Only presets that you have marked with the star.");

    for (auto& menu : menus)
        enableWithEngine(menu.box, isConnected, menu.tip);
}

void FilterBar::showHint(bool isBySound)
{
    const auto* hint = isBySound ? "Steer, e.g. darker, tag:pad" : "Find, e.g. warm pad, -dark";

    if (words.getTextToShowWhenEmpty() == hint)
        return;

    words.setTextToShowWhenEmpty(hint, colour::dim);
    words.repaint();
}

void FilterBar::resized()
{
    auto area = getLocalBounds();
    auto row = area.removeFromTop(size::row);
    favourites.setBounds(row.removeFromRight(108));
    row.removeFromRight(6);
    words.setBounds(row);
    area.removeFromTop(6);
    row = area.removeFromTop(size::row);
    const auto each = (row.getWidth() - 12) / 3;

    for (auto& menu : menus)
    {
        menu.box.setVisible(getHeight() >= height);
        menu.box.setBounds(row.removeFromLeft(each));
        row.removeFromLeft(6);
    }
}
} // namespace starling
