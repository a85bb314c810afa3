// Sounds from sounds: variations of the one on the keys, a morph of two, those kept, those before.
// Message thread only.
#pragma once

#include "Editor/Sounds/MorphPanel.h"
#include "Editor/Sounds/ThumbnailGrid.h"

namespace starling
{
class SoundsPanel final : public juce::Component, public juce::FileDragAndDropTarget
{
  public:
    explicit SoundsPanel(PluginProcessor& pluginProcessor);

    void update(const EngineView& view);
    void paint(juce::Graphics&) override;
    void resized() override;

    bool isInterestedInFileDrag(const juce::StringArray& files) override;
    void fileDragEnter(const juce::StringArray&, int, int) override;
    void fileDragExit(const juce::StringArray&) override;
    void filesDropped(const juce::StringArray& files, int, int) override;

  private:
    void addTab(juce::TextButton& tab, juce::Component& page, const char* tip);
    void showPage();
    void say(const EngineView& view);
    void vary();

    PluginProcessor& processor;
    juce::TextButton gridTab{"Variations"}, morphTab{"Morph"}, keptTab{"Kept"},
        historyTab{"History"};
    std::vector<std::pair<juce::TextButton*, juce::Component*>> pages;
    juce::TextButton varyButton{"Vary"};
    juce::Slider amount;
    juce::Label amountName{{}, "How far"}, message;
    ThumbnailGrid grid, kept, history;
    MorphPanel morph;
    std::vector<int> historyIndices; // what each thumbnail of it stands for
    juce::String shownOrigin;
    bool isDragging = false;
};
} // namespace starling
