#include "Editor/Presets/MatchPanel.h"

#include "Editor/Widgets/NeedsEngine.h"

namespace starling
{
namespace
{
struct BudgetSpec
{
    const char* text;
    int presets; // tried; the number in the text
};

constexpr BudgetSpec budgetTable[] = {
    {"Quick  300", 300}, {"Normal  1000", 1000}, {"Deep  3000", 3000}};
constexpr int normal = 2; // its id
} // namespace

MatchPanel::MatchPanel(PluginProcessor& p)
    : processor(p),
      variants(p, "Variants of the match",
               "Starling tunes a synth until it sounds like the recording above, and keeps the "
               "best variants as presets.")
{
    synth.setTooltip("The synth to tune; the nearest is that of the preset most like the "
                     "recording.");
    synth.setTitle("Synth to tune");
    budget.setTooltip("How many presets are tried: more take longer and come nearer.");
    budget.setTitle("Effort");

    for (const auto& each : budgetTable)
        budget.addItem(each.text, budget.getNumItems() + 1);

    budget.setSelectedId(normal, juce::dontSendNotification);
    makePrimary(matchButton);
    matchButton.onClick = [this] { startOrCancel(); };
    auto& engine = processor.engine;
    onKeys.setToggleState(true, juce::dontSendNotification);
    onKeys.setTooltip("While on, the keys play the best variant instead of the current sound; "
                      "never in a bounce.");
    onKeys.onClick = [this, &engine]
    { engine.post([&engine, on = onKeys.getToggleState()] { engine.matcher.putOnKeys(on); }); };
    variants.onSimilar = [&engine](const Hit& hit)
    { engine.post([&engine, hit] { engine.search.byPreset(hit, {}); }); };

    for (auto* label : {&best, &message})
    {
        label->setFont(juce::Font(size::small));
        label->setMinimumHorizontalScale(1.0f);
        label->setBorderSize({});
    }

    const std::initializer_list<juce::Component*> parts = {&synth, &budget, &matchButton, &progress,
                                                           &best,  &onKeys, &variants,    &message};

    for (auto* part : parts)
    {
        part->setHasFocusOutline(part != &variants);
        addAndMakeVisible(part);
    }
    showSynths({});
}

void MatchPanel::startOrCancel()
{
    auto& engine = processor.engine;

    if (isRunning)
        return engine.post([&engine] { engine.matcher.cancel(); });

    const auto chosen = synths[synth.getSelectedId() - 2]; // nothing for the nearest
    const auto& effort = budgetTable[juce::jmax(0, budget.getSelectedId() - 1)];
    engine.post([&engine, chosen, presets = effort.presets] { engine.match(chosen, presets); });
}

void MatchPanel::showSynths(const std::vector<Facet>& facets)
{
    juce::StringArray names;

    for (const auto& facet : facets)
        if (facet.field == "synth")
            names.add(facet.value);

    if (names == synths && synth.getNumItems() > 0)
        return;

    const auto chosen = synths[synth.getSelectedId() - 2];
    synths = names;
    synth.clear(juce::dontSendNotification);
    synth.addItem("Nearest synth", 1);
    synth.addItemList(names, 2);
    synth.setSelectedId(juce::jmax(1, names.indexOf(chosen) + 2), juce::dontSendNotification);
}

void MatchPanel::update(const EngineView& view)
{
    const auto& match = view.match;
    isRunning = match.isRunning;
    fraction = static_cast<double>(match.fraction);
    showSynths(view.search.facets);
    progress.setVisible(isRunning);
    progress.setTextToDisplay(match.text);
    best.setText(match.best, juce::dontSendNotification);
    best.setTooltip(match.best);
    onKeys.setVisible(match.best.isNotEmpty());
    onKeys.setToggleState(match.isOnKeys, juce::dontSendNotification);
    matchButton.setButtonText(isRunning ? "Cancel" : "Match");
    const auto hasTarget = view.search.target.isNotEmpty();
    enableWithEngine(matchButton, view.isConnected(),
                     hasTarget ? "Tune the synth until it sounds like " + view.search.target + "."
                               : juce::String("Drop, choose or record a sound first."),
                     isRunning || hasTarget);
    const auto error = match.isError ? match.text : view.search.isError ? view.search.message : "";
    const auto said = error.isNotEmpty()                 ? error
                      : view.search.message.isNotEmpty() ? view.search.message
                      : isRunning                        ? juce::String()
                                                         : match.text;
    message.setText(said, juce::dontSendNotification);
    message.setTooltip(said);
    message.setColour(juce::Label::textColourId, error.isNotEmpty() ? colour::bad : colour::dim);
    variants.show(match.variants, view.search.auditioned, view.isConnected());
}

void MatchPanel::resized()
{
    auto area = getLocalBounds();
    auto row = area.removeFromTop(size::row);
    matchButton.setBounds(row.removeFromRight(84));
    row.removeFromRight(6);
    synth.setBounds(row.removeFromLeft((row.getWidth() - 6) / 2));
    budget.setBounds(row.withTrimmedLeft(6));
    area.removeFromTop(6);
    progress.setBounds(area.removeFromTop(24));
    area.removeFromTop(4);
    best.setBounds(area.removeFromTop(20));
    onKeys.setBounds(area.removeFromTop(26));
    area.removeFromTop(4);
    message.setBounds(area.removeFromBottom(22));
    area.removeFromBottom(4);
    variants.setBounds(area);
}
} // namespace starling
