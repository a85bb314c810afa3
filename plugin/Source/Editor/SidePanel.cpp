#include "Editor/SidePanel.h"

namespace starling
{
namespace
{
constexpr int tabGroup = 2;
}

SidePanel::SidePanel(PluginProcessor& p) : presets(p), sounds(p), textures(p), chip(p), compose(p)
{
    addTab(presetsTab, presets, "Presets of your synths, found by sound.");
    addTab(soundsTab, sounds, "Variations of the sound on the keys, morphs, what you kept.");
    addTab(texturesTab, textures, "Textures that go on for as long as a key is held.");
    addTab(chipTab, chip, "The sound chip of the NES, played by notes or by a MIDI file.");
    addTab(composeTab, compose, "Music for the chip that goes on from what was played.");
    presetsTab.setToggleState(true, juce::sendNotificationSync);
}

void SidePanel::addTab(juce::TextButton& tab, juce::Component& page, const char* tip)
{
    makeTab(tab, tabGroup, tip);
    tab.setConnectedEdges(juce::Button::ConnectedOnLeft | juce::Button::ConnectedOnRight);
    tab.onStateChange = [&tab, &page] { page.setVisible(tab.getToggleState()); };
    addAndMakeVisible(tab);
    addChildComponent(page);
}

void SidePanel::update(const EngineView& view)
{
    presets.update(view);
    sounds.update(view);
    textures.update(view);
    chip.update();
    compose.update(view);
}

void SidePanel::followAutomation()
{
    textures.followAutomation();
    chip.followAutomation();
    compose.followAutomation();
}

void SidePanel::resized()
{
    auto area = getLocalBounds();
    auto tabs = area.removeFromTop(size::row);
    const auto width = tabs.getWidth() / 5;
    area.removeFromTop(6);

    for (auto* tab : {&presetsTab, &soundsTab, &texturesTab, &chipTab})
        tab->setBounds(tabs.removeFromLeft(width));

    composeTab.setBounds(tabs);

    for (auto* page :
         std::initializer_list<juce::Component*>{&presets, &sounds, &textures, &chip, &compose})
        page->setBounds(area);
}
} // namespace starling
