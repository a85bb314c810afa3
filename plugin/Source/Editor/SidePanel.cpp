#include "Editor/SidePanel.h"

namespace starling
{
namespace
{
constexpr int tabGroup = 2;
}

SidePanel::SidePanel(PluginProcessor& p) : presets(p), sounds(p), textures(p), chip(p)
{
    addTab(presetsTab, presets, "Presets of your synths, found by sound.");
    addTab(soundsTab, sounds, "Variations of the sound on the keys, morphs, what you kept.");
    addTab(texturesTab, textures, "Textures that go on for as long as a key is held.");
    addTab(chipTab, chip, "The sound chip of the NES, played by notes or by a MIDI file.");
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
}

void SidePanel::followAutomation()
{
    textures.followAutomation();
    chip.followAutomation();
}

void SidePanel::resized()
{
    auto area = getLocalBounds();
    auto tabs = area.removeFromTop(size::row);
    const auto width = tabs.getWidth() / 4;
    presetsTab.setBounds(tabs.removeFromLeft(width));
    soundsTab.setBounds(tabs.removeFromLeft(width));
    texturesTab.setBounds(tabs.removeFromLeft(width));
    chipTab.setBounds(tabs);
    area.removeFromTop(6);
    presets.setBounds(area);
    sounds.setBounds(area);
    textures.setBounds(area);
    chip.setBounds(area);
}
} // namespace starling
