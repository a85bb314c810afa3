#include "Editor/Sounds/ThumbnailGrid.h"

#include "Editor/Presets/HitRow.h"

namespace starling
{
namespace
{
constexpr int columns = 4, smallestRow = 58, largestRow = 96;
}

ThumbnailGrid::ThumbnailGrid(PluginProcessor& p, const juce::String& what,
                             const juce::String& textWhenEmpty)
    : processor(p),
      name(what),
      emptyText(textWhenEmpty),
      keepButton("Keep", colour::dim, colour::text, colour::warning)
{
    viewport.setViewedComponent(&content, false);
    viewport.setScrollBarsShown(true, false);
    viewport.setScrollBarThickness(8);
    addAndMakeVisible(viewport);
    keepButton.setShape(starShape({0.0f, 0.0f, 20.0f, 20.0f}), false, true, false);
    addButtons();
}

void ThumbnailGrid::addButtons()
{
    using Action = void (ThumbnailGrid::*)();
    const std::tuple<juce::Button*, Action, const char*> actions[] = {
        {&listenButton, &ThumbnailGrid::listen, "Hear this sound once (Return)."},
        {&useButton, &ThumbnailGrid::use, "Play this sound with the keys (K)."},
        {&keepButton, &ThumbnailGrid::toggleKept, "Keep it with the project, or no longer (F)."},
    };

    for (const auto& [button, action, tip] : actions)
    {
        button->onClick = [this, act = action] { (this->*act)(); };
        button->setTooltip(tip);
    }
    firstButton.onClick = [this] { takeTo(true); };
    firstButton.setTooltip("Make it the first sound of the morph pad.");
    secondButton.onClick = [this] { takeTo(false); };
    secondButton.setTooltip("Make it the second sound of the morph pad.");
    const std::initializer_list<juce::Button*> buttons = {&listenButton, &useButton, &keepButton,
                                                          &firstButton, &secondButton};

    for (auto* button : buttons)
    {
        button->setEnabled(false);
        button->setHasFocusOutline(true);
        addAndMakeVisible(button);
    }
}

void ThumbnailGrid::addCell()
{
    const auto index = static_cast<int>(cells.size());
    cells.push_back(std::make_unique<Thumbnail>(processor, name + " " + juce::String(index + 1)));
    auto& cell = *cells.back();
    cell.onListen = [this, index]
    {
        choose(index);
        listen();
    };
    cell.onUse = [this, index]
    {
        choose(index);
        use();
    };
    content.addAndMakeVisible(cell);
}

void ThumbnailGrid::show(const std::vector<SoundPointer>& sounds, const PaletteContents& contents)
{
    const auto count = static_cast<int>(sounds.size());
    palette = contents;

    while (static_cast<int>(cells.size()) < count)
        addCell();

    const auto now = processor.bank.current().sound;

    for (int n = 0; n < static_cast<int>(cells.size()); ++n)
    {
        auto& cell = *cells[static_cast<size_t>(n)];
        const auto sound = n < count ? sounds[static_cast<size_t>(n)] : nullptr;
        const auto isNow = sound != nullptr && now != nullptr && now->info.id == sound->info.id;
        cell.setVisible(n < count);
        cell.show(sound, isNow, palette.keeps(sound));
    }

    if (std::exchange(shownCount, count) != count)
    {
        layOut();
        repaint();
    }
    choose(selection < count ? selection : -1);
}

SoundPointer ThumbnailGrid::selected() const
{
    return selection < 0 ? nullptr : cells[static_cast<size_t>(selection)]->sound();
}

void ThumbnailGrid::choose(int index)
{
    selection = index;

    for (int n = 0; n < static_cast<int>(cells.size()); ++n)
        cells[static_cast<size_t>(n)]->select(n == index);

    const auto sound = selected();
    const auto isModels = sound != nullptr && isOfModel(*sound);
    const std::initializer_list<juce::Button*> always = {&listenButton, &useButton};
    const std::initializer_list<juce::Button*> models = {&keepButton, &firstButton, &secondButton};

    for (auto* button : always)
        button->setEnabled(sound != nullptr);

    for (auto* button : models)
        button->setEnabled(isModels);

    showMark();
}

void ThumbnailGrid::showMark()
{
    const auto isOn = palette.keeps(selected());
    keepButton.setColours(isOn ? colour::warning : colour::dim, colour::text, colour::warning);
    keepButton.setTitle(isOn ? "Keep it no longer" : "Keep");
    keepButton.repaint();
}

void ThumbnailGrid::listen()
{
    auto& engine = processor.engine;
    engine.post([&engine, sound = selected()] { engine.desk.listen(sound); });
}

void ThumbnailGrid::use()
{
    if (selected() != nullptr)
        onUse(selection);
}

void ThumbnailGrid::toggleKept()
{
    auto& engine = processor.engine;
    engine.post([&engine, sound = selected(), on = !palette.keeps(selected())]
                { engine.desk.keep(sound, on); });
}

void ThumbnailGrid::takeTo(bool first)
{
    auto& engine = processor.engine;
    engine.post([&engine, first, sound = selected()] { engine.morpher.choose(first, sound); });
}

bool ThumbnailGrid::keyPressed(const juce::KeyPress& key)
{
    const auto letter = juce::CharacterFunctions::toLowerCase(key.getTextCharacter());

    if ((letter != 'f' && letter != 'k') || key.getModifiers().isCommandDown())
        return false;

    if (letter == 'k')
        use();
    else if (keepButton.isEnabled())
        toggleKept();

    return true;
}

void ThumbnailGrid::paint(juce::Graphics& g)
{
    if (shownCount > 0)
        return;

    g.setColour(colour::dim);
    g.setFont(size::body);
    g.drawFittedText(emptyText, viewport.getBounds().reduced(24, 0), juce::Justification::centred,
                     7);
}

void ThumbnailGrid::layOut()
{
    const auto count = juce::jmax(0, shownCount), rows = (count + columns - 1) / columns;
    const auto height =
        juce::jlimit(smallestRow, largestRow, viewport.getHeight() / juce::jmax(4, rows));
    const auto fits = rows * height <= viewport.getHeight();
    const auto width = (viewport.getWidth() - (fits ? 0 : 10)) / columns;
    content.setSize(width * columns, juce::jmax(1, rows * height));

    for (int n = 0; n < static_cast<int>(cells.size()); ++n)
        cells[static_cast<size_t>(n)]->setBounds(
            juce::Rectangle<int>(n % columns * width, n / columns * height, width, height)
                .reduced(2));
}

void ThumbnailGrid::resized()
{
    auto area = getLocalBounds();
    auto row = area.removeFromBottom(size::row);
    area.removeFromBottom(6);
    viewport.setBounds(area);
    layOut();
    keepButton.setBounds(row.removeFromLeft(size::row).reduced(5));
    row.removeFromLeft(6);
    const auto each = (row.getWidth() - 18) / 15; // widths as their words are long
    listenButton.setBounds(row.removeFromLeft(4 * each));
    row.removeFromLeft(6);
    secondButton.setBounds(row.removeFromRight(3 * each));
    row.removeFromRight(6);
    firstButton.setBounds(row.removeFromRight(3 * each));
    row.removeFromRight(6);
    useButton.setBounds(row);
}
} // namespace starling
