#include "Editor/Sounds/MorphPanel.h"

#include "Editor/Widgets/NeedsEngine.h"

namespace starling
{
MorphPanel::MorphPanel(PluginProcessor& p) : processor(p), first(p, "Sound A"), second(p, "Sound B")
{
    auto& engine = processor.engine;
    pad.onMove = [&engine](MorphPoint point, bool last)
    { engine.post([&engine, point, last] { engine.morpher.move(point, last); }); };
    addAndMakeVisible(pad);
    addCorner(first, toFirst, true);
    addCorner(second, toSecond, false);
}

void MorphPanel::addCorner(Thumbnail& corner, juce::TextButton& button, bool isFirst)
{
    auto& engine = processor.engine;
    corner.onListen = [&engine, &corner]
    { engine.post([&engine, sound = corner.sound()] { engine.desk.listen(sound); }); };
    corner.onUse = [&engine, &corner]
    { engine.post([&engine, sound = corner.sound()] { engine.desk.use(sound); }); };
    button.setTooltip("Take the sound that the keys play as this end of the morph.");
    button.setHasFocusOutline(true);
    button.onClick = [&engine, &bank = processor.bank, isFirst]
    {
        engine.post([&engine, isFirst, sound = bank.current().sound]
                    { engine.morpher.choose(isFirst, sound); });
    };
    addAndMakeVisible(corner);
    addAndMakeVisible(button);
}

void MorphPanel::update(const EngineView& view)
{
    const auto& palette = view.palette;
    pad.show(palette.morph);
    first.show(palette.first, false, palette.keeps(palette.first));
    second.show(palette.second, false, palette.keeps(palette.second));
    enableWithEngine(pad, view.isConnected(),
                     "Left to right, from the sound A to the sound B; bottom to top, from A's "
                     "controls to B's. Arrow keys move the point.",
                     palette.first != nullptr && palette.second != nullptr);
    pad.setAlpha(pad.isEnabled() ? 1.0f : 0.4f);
}

void MorphPanel::resized()
{
    auto area = getLocalBounds();
    auto buttons = area.removeFromBottom(size::row);
    area.removeFromBottom(4);
    auto corners = area.removeFromBottom(64);
    area.removeFromBottom(6);
    const auto half = (area.getWidth() - size::gap) / 2;
    toFirst.setBounds(buttons.removeFromLeft(half));
    toSecond.setBounds(buttons.removeFromRight(half));
    first.setBounds(corners.removeFromLeft(half));
    second.setBounds(corners.removeFromRight(half));
    pad.setBounds(area);
}
} // namespace starling
