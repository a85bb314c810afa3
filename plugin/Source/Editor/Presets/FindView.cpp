#include "Editor/Presets/FindView.h"

#include "Editor/Widgets/NeedsEngine.h"

namespace starling
{
FindView::FindView(PluginProcessor& p)
    : processor(p),
      hits(p, "Presets found",
           "Hear something you like? Drop it above, and the presets on this machine that sound "
           "most like it appear here. Or type words and press Return.")
{
    auto& engine = processor.engine;
    filters.onChange = [this, &engine]
    { engine.post([&engine, now = terms()] { engine.search.refine(now); }); };
    hits.onSimilar = [this, &engine](const Hit& hit)
    { engine.post([&engine, hit, now = terms()] { engine.search.byPreset(hit, now); }); };
    clear.onClick = [this, &engine]
    { engine.post([&engine, text = terms().text] { engine.search.byWords(text); }); };
    aspects.onChange = filters.onChange;
    aspectsButton.setClickingTogglesState(true);
    clear.setHasFocusOutline(true);
    aspectsButton.setHasFocusOutline(true);

    for (auto* label : {&title, &message})
    {
        label->setFont(juce::Font(size::small));
        label->setMinimumHorizontalScale(1.0f);
        label->setBorderSize({});
        label->setColour(juce::Label::textColourId, colour::dim);
    }

    for (auto* part : std::initializer_list<juce::Component*>{&filters, &title, &hits, &message})
        addAndMakeVisible(part);

    for (auto* part : std::initializer_list<juce::Component*>{&clear, &aspectsButton, &aspects})
        addChildComponent(part);
}

void FindView::update(const SearchView& view, bool isConnected)
{
    filters.enable(isConnected);
    enableWithEngine(clear, isConnected, "Search by words and filters only, not by sound.");
    filters.show(view.facets);
    filters.showHint(view.isBySound);
    showAspects(view, isConnected);
    hits.show(view.hits, view.auditioned, isConnected);
    title.setText(view.title, juce::dontSendNotification);
    title.setTooltip(view.title);
    clear.setVisible(view.isBySound);
    message.setText(view.message, juce::dontSendNotification);
    message.setTooltip(view.message);
    message.setColour(juce::Label::textColourId, view.isError ? colour::bad : colour::dim);
    title.setVisible(!isShort() || view.message.isEmpty());
}

/** Whether a message takes the title's place, so that the list has its. */
bool FindView::isShort() const
{
    constexpr int roomForMessage = 280, roomBesideAspects = 440;
    return getHeight() < (isSteering() ? roomBesideAspects : roomForMessage);
}

/** A window that opens anew shows what the search goes by. */
void FindView::showAspects(const SearchView& view, bool isConnected)
{
    if (std::exchange(isFirstUpdate, false))
        aspects.show(view.aspects);

    aspects.enable(isConnected);
    enableWithEngine(aspectsButton, isConnected,
                     "What counts how much, and in which direction to look.");
    aspectsButton.setColour(juce::TextButton::textColourOffId,
                            aspects.options() == AspectOptions() ? colour::text : colour::accent);
    aspectsButton.setVisible(view.isBySound);
    const auto isOpen = view.isBySound && aspectsButton.getToggleState();

    if (isOpen == aspects.isVisible())
        return;

    aspects.setVisible(isOpen);
    resized();
    onSteering();
}

void FindView::resized()
{
    auto area = getLocalBounds();
    const auto hasMenus = !isSteering() || !isShort(); // the aspects matter more then
    filters.setBounds(area.removeFromTop(hasMenus ? FilterBar::height : FilterBar::shortHeight));
    area.removeFromTop(4);
    auto row = area.removeFromTop(24);
    clear.setBounds(row.removeFromRight(60));
    row.removeFromRight(6);
    aspectsButton.setBounds(row.removeFromRight(76));
    row.removeFromRight(6);
    title.setBounds(row);
    area.removeFromTop(4);

    if (isSteering())
    {
        aspects.setBounds(area.removeFromTop(AspectPanel::height));
        area.removeFromTop(4);
    }

    message.setBounds(title.getBounds());

    if (!isShort())
    {
        message.setBounds(area.removeFromBottom(22));
        area.removeFromBottom(4);
    }
    hits.setBounds(area);
}
} // namespace starling
