// Presets that were found: choose one to play it, then put it on the keys, mark, export or search
// on. Message thread only.
#pragma once

#include "Editor/Widgets/Look.h"
#include "PluginProcessor.h"

namespace starling
{
class HitList final : public juce::Component, private juce::ListBoxModel
{
  public:
    HitList(PluginProcessor& pluginProcessor, const juce::String& listTitle,
            const juce::String& textWhenEmpty);

    /** Search on from a hit. */
    std::function<void(const Hit&)> onSimilar;

    void show(const std::vector<Hit>& newHits, int auditionedPreset, bool hasEngine);
    void paint(juce::Graphics&) override;
    void resized() override;

    /** Return plays the chosen preset, K puts it on the keys, F marks it. */
    bool keyPressed(const juce::KeyPress& key) override;

  private:
    using Action = void (HitList::*)(const Hit&);

    int getNumRows() override { return static_cast<int>(hits.size()); }
    void paintListBoxItem(int row, juce::Graphics&, int width, int height, bool selected) override;
    juce::String getNameForRow(int row) override;
    juce::String getTooltipForRow(int row) override;
    void listBoxItemClicked(int row, const juce::MouseEvent&) override;
    void listBoxItemDoubleClicked(int row, const juce::MouseEvent&) override;
    void returnKeyPressed(int row) override;
    void selectedRowsChanged(int) override;
    void withSelected(Action action);
    void listen(const Hit& hit);
    void use(const Hit& hit);
    void searchOn(const Hit& hit);
    void exportFile(const Hit& hit);
    void toggleFavourite(const Hit& hit);
    int chosenPreset() const;
    void choosePreset(int preset);
    void showMark();
    void enableButtons();

    PluginProcessor& processor;
    std::vector<Hit> hits;
    juce::String emptyText;
    int auditioned = 0;
    bool isConnected = false;
    juce::ListBox list;
    juce::TextButton listenButton{"Listen"}, useButton{"Play on keys"}, similarButton{"Similar"},
        exportButton{"Export"};
    juce::ShapeButton markButton;
    std::vector<std::pair<juce::Button*, const char*>> tips;
};
} // namespace starling
