#include "Editor/Sounds/SoundsPanel.h"

#include "Editor/Widgets/NeedsEngine.h"

namespace starling
{
namespace
{
constexpr int tabGroup = 3;
} // namespace

SoundsPanel::SoundsPanel(PluginProcessor& p)
    : processor(p),
      grid(p, "Variation",
           "Vary makes sixteen neighbours of the sound on the keys. Or drop a recording here: the "
           "model makes its nearest sound, to be varied like any other."),
      kept(p, "Kept sound", "Sounds marked with the star stay here, with the project."),
      history(p, "Earlier sound", "The sounds that the keys have played."),
      morph(p)
{
    addTab(gridTab, grid, "Neighbours of the sound on the keys.");
    addTab(morphTab, morph, "Sounds between two sounds.");
    addTab(keptTab, kept, "The sounds kept with this project.");
    addTab(historyTab, history, "What the keys have played; double-click to go back to it.");
    makePrimary(varyButton);
    varyButton.onClick = [this] { vary(); };
    varyButton.setHasFocusOutline(true);
    amount.setRange(0.0, 1.0);
    amount.setValue(processor.palette.contents().grid.amount, juce::dontSendNotification);
    amount.setSliderStyle(juce::Slider::LinearHorizontal);
    amount.setTextBoxStyle(juce::Slider::NoTextBox, true, 0, 0);
    amount.setTitle("How far");
    amount.setTooltip("How far variations go: left the same sound, right any of its class.");

    for (auto* label : {&amountName, &message})
    {
        label->setFont(juce::Font(size::small));
        label->setColour(juce::Label::textColourId, colour::dim);
        label->setMinimumHorizontalScale(1.0f);
        label->setBorderSize({});
    }
    auto& engine = processor.engine;
    const auto use = [&engine](const std::vector<SoundPointer>& sounds, int index)
    {
        engine.post([&engine, sound = sounds[static_cast<size_t>(index)]]
                    { engine.desk.use(sound); });
    };
    grid.onUse = [&engine, use](int index) { use(engine.view().variations.sounds, index); };
    kept.onUse = [&engine, use](int index) { use(engine.view().palette.kept, index); };
    history.onUse = [this, &engine](int index)
    {
        engine.post([&engine, at = historyIndices[static_cast<size_t>(index)]]
                    { engine.desk.goTo(at); });
    };

    for (auto* part :
         std::initializer_list<juce::Component*>{&varyButton, &amount, &amountName, &message})
        addAndMakeVisible(part);

    gridTab.setToggleState(true, juce::dontSendNotification);
    showPage();
}

void SoundsPanel::addTab(juce::TextButton& tab, juce::Component& page, const char* tip)
{
    makeTab(tab, tabGroup, tip);
    tab.setConnectedEdges(juce::Button::ConnectedOnLeft | juce::Button::ConnectedOnRight);
    tab.onClick = [this] { showPage(); };
    addAndMakeVisible(tab);
    addChildComponent(page);
    pages.emplace_back(&tab, &page);
}

void SoundsPanel::showPage()
{
    for (const auto& [tab, page] : pages)
        page->setVisible(tab->getToggleState());

    const auto isGrid = gridTab.getToggleState();

    for (auto* part : std::initializer_list<juce::Component*>{&varyButton, &amount, &amountName})
        part->setVisible(isGrid);
}

void SoundsPanel::vary()
{
    auto& engine = processor.engine;
    engine.post([&engine, share = static_cast<float>(amount.getValue())]
                { engine.variations.vary(share); });
}

void SoundsPanel::update(const EngineView& view)
{
    if (const auto& origin = view.palette.grid; std::exchange(shownOrigin, origin.recipe) !=
                                                origin.recipe) // another project, or a new grid
        amount.setValue(origin.amount, juce::dontSendNotification);

    grid.show(view.variations.sounds, view.palette);
    kept.show(view.palette.kept, view.palette);
    std::vector<SoundPointer> earlier;
    historyIndices.clear();

    for (auto n = static_cast<int>(view.desk.history.size()); --n >= 0;) // newest first
    {
        earlier.push_back(view.desk.history[static_cast<size_t>(n)].held.sound);
        historyIndices.push_back(n);
    }
    history.show(earlier, view.palette);
    morph.update(view);
    varyButton.setButtonText(view.variations.isBusy ? "Varying..." : "Vary");
    enableWithEngine(varyButton, view.isConnected(),
                     "Make sixteen other neighbours of the sound on the keys.");
    say(view);
}

void SoundsPanel::say(const EngineView& view)
{
    const std::pair<juce::String, bool> said[] = {
        {gridTab.getToggleState() ? view.variations.message : juce::String(),
         view.variations.isError},
        {morphTab.getToggleState() ? view.morph.message : juce::String(), view.morph.isError},
        {view.desk.message, view.desk.isError},
    };
    const auto* found = std::find_if(std::begin(said), std::end(said) - 1,
                                     [](const auto& each) { return each.first.isNotEmpty(); });
    message.setText(found->first, juce::dontSendNotification);
    message.setTooltip(found->first);
    message.setColour(juce::Label::textColourId, found->second ? colour::bad : colour::dim);
}

bool SoundsPanel::isInterestedInFileDrag(const juce::StringArray& files)
{
    return files.size() == 1;
}

void SoundsPanel::fileDragEnter(const juce::StringArray&, int, int)
{
    isDragging = true;
    repaint();
}

void SoundsPanel::fileDragExit(const juce::StringArray&)
{
    isDragging = false;
    repaint();
}

void SoundsPanel::filesDropped(const juce::StringArray& files, int, int)
{
    isDragging = false;
    repaint();
    auto& engine = processor.engine;
    engine.post([&engine, file = juce::File(files[0])] { engine.desk.encode(file); });
}

void SoundsPanel::paint(juce::Graphics& g)
{
    paintPanel(g, getLocalBounds());

    if (isDragging)
        paintDropTarget(g, getLocalBounds());
}

void SoundsPanel::resized()
{
    auto area = getLocalBounds().reduced(size::gap);
    auto tabs = area.removeFromTop(size::row);
    const auto width = tabs.getWidth() / static_cast<int>(pages.size());

    for (const auto& [tab, page] : pages)
        tab->setBounds(page == pages.back().second ? tabs : tabs.removeFromLeft(width));

    area.removeFromTop(8);
    message.setBounds(area.removeFromBottom(22));
    area.removeFromBottom(4);

    for (const auto& [tab, page] : pages)
        page->setBounds(area);

    auto row = area.removeFromTop(size::row);
    area.removeFromTop(6);
    grid.setBounds(area);
    varyButton.setBounds(row.removeFromRight(96));
    row.removeFromRight(size::gap);
    amountName.setBounds(row.removeFromLeft(56));
    amount.setBounds(row);
}
} // namespace starling
