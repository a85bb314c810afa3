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
    clear.setHasFocusOutline(true);

    for (auto* label : {&title, &message})
    {
        label->setFont(juce::Font(size::small));
        label->setMinimumHorizontalScale(1.0f);
        label->setBorderSize({});
        label->setColour(juce::Label::textColourId, colour::dim);
    }

    const std::initializer_list<juce::Component*> parts = {&filters, &title, &clear, &hits,
                                                           &message};

    for (auto* part : parts)
        addChildComponent(part);

    for (auto* part : parts)
        part->setVisible(part != &clear);
}

void FindView::update(const SearchView& view, bool isConnected)
{
    filters.enable(isConnected);
    enableWithEngine(clear, isConnected, "Search by words and filters only, not by sound.");
    filters.show(view.facets);
    hits.show(view.hits, view.auditioned, isConnected);
    title.setText(view.title, juce::dontSendNotification);
    title.setTooltip(view.title);
    clear.setVisible(view.isBySound);
    message.setText(view.message, juce::dontSendNotification);
    message.setTooltip(view.message);
    message.setColour(juce::Label::textColourId, view.isError ? colour::bad : colour::dim);
}

void FindView::resized()
{
    auto area = getLocalBounds();
    filters.setBounds(area.removeFromTop(FilterBar::height));
    area.removeFromTop(4);
    auto row = area.removeFromTop(24);
    clear.setBounds(row.removeFromRight(60));
    row.removeFromRight(6);
    title.setBounds(row);
    area.removeFromTop(4);
    message.setBounds(area.removeFromBottom(22));
    area.removeFromBottom(4);
    hits.setBounds(area);
}
} // namespace starling
