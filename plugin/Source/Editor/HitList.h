// The presets that a search found: choose one to hear it, then use, export or search on from it.
#pragma once

#include "../PluginProcessor.h"
#include "Look.h"

namespace starling
{
class HitList final : public juce::Component, private juce::ListBoxModel
{
  public:
    HitList();

    std::function<void(const Hit&)> onListen, onUse, onSimilar, onExport;

    void show(const std::vector<Hit>& newHits, int auditionedPreset);
    void paint(juce::Graphics&) override;
    void resized() override;

  private:
    int getNumRows() override { return static_cast<int>(hits.size()); }
    void paintListBoxItem(int row, juce::Graphics&, int width, int height, bool selected) override;
    juce::String getNameForRow(int row) override;
    juce::String getTooltipForRow(int row) override;
    void listBoxItemClicked(int row, const juce::MouseEvent&) override;
    void returnKeyPressed(int row) override;
    void selectedRowsChanged(int) override;
    void withSelected(const std::function<void(const Hit&)>& action);

    std::vector<Hit> hits;
    int auditioned = 0;
    juce::ListBox list;
    juce::TextButton listen{"Listen"}, use{"Use"}, similar{"More like it"}, exportButton{"Export"};
};
} // namespace starling
