#include "Editor/SidePanel.h"

namespace starling
{
namespace
{
constexpr int tabGroup = 2;
}

SidePanel::SidePanel(PluginProcessor& p) : presets(p), sounds(p)
{
    addTab(presetsTab, presets, "Presets of your synths, found by sound.");
    addTab(soundsTab, sounds, "Variations of the sound on the keys, morphs, what you kept.");
    presetsTab.setToggleState(true, juce::sendNotificationSync);
}

void SidePanel::addTab(juce::TextButton& tab, juce::Component& page, const char* tip)
{
    makeTab(tab, tabGroup, tip);
    tab.setConnectedEdges(&tab == &presetsTab ? juce::Button::ConnectedOnRight
                                              : juce::Button::ConnectedOnLeft);
    tab.onStateChange = [&tab, &page] { page.setVisible(tab.getToggleState()); };
    addAndMakeVisible(tab);
    addChildComponent(page);
}

void SidePanel::update(const EngineView& view)
{
    presets.update(view);
    sounds.update(view);
}

void SidePanel::resized()
{
    auto area = getLocalBounds();
    auto tabs = area.removeFromTop(size::row);
    presetsTab.setBounds(tabs.removeFromLeft(tabs.getWidth() / 2));
    soundsTab.setBounds(tabs);
    area.removeFromTop(6);
    presets.setBounds(area);
    sounds.setBounds(area);
}
} // namespace starling
