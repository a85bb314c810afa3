// What to sound like, dropped, chosen or recorded; then the presets like it, or a match of it.
// Message thread only.
#pragma once

#include "Editor/Presets/FindView.h"
#include "Editor/Presets/MatchPanel.h"
#include "Editor/Presets/Region/PartView.h"
#include "Editor/Presets/Scan/EmptyLibrary.h"
#include "Editor/Presets/Scan/ScanBar.h"

namespace starling
{
class SearchPanel final : public juce::Component, public juce::FileDragAndDropTarget
{
  public:
    explicit SearchPanel(PluginProcessor& pluginProcessor);

    void update(const EngineView& view);
    void paint(juce::Graphics&) override;
    void resized() override;

    bool isInterestedInFileDrag(const juce::StringArray& files) override;
    void fileDragEnter(const juce::StringArray&, int, int) override;
    void fileDragExit(const juce::StringArray&) override;
    void filesDropped(const juce::StringArray& files, int, int) override;

  private:
    void addTab(juce::TextButton& tab, const char* tip);
    void searchFile(const juce::File& file);
    void chooseFile();
    void record();
    void showPage();
    void showPart(const SearchView& view, bool isConnected);
    bool isTight() const;
    bool areTabsHidden() const;
    void setVisibilities();
    void layOutDrop(juce::Rectangle<int>& area);
    void paintDrop(juce::Graphics&) const;

    PluginProcessor& processor;
    juce::TextButton choose{"Choose a file..."}, recordButton{"Record side-chain"}, scan{"Scan"};
    juce::TextButton findTab{"Find presets"}, matchTab{"Match"};
    PartView part;
    FindView find;
    MatchPanel match;
    ScanBar scanBar;
    EmptyLibrary emptyLibrary;
    std::unique_ptr<juce::FileChooser> chooser;
    juce::String target;
    juce::Rectangle<int> dropArea;
    bool isDragging = false, isEmpty = false, isScanning = false, wasTight = false;
    int partHeight = 0; // while the search is by a file
};
} // namespace starling
