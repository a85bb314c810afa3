// Finding presets by sound or words: drop or choose a file, record the side-chain, or type.
#pragma once

#include "HitList.h"

namespace starling
{
class SearchPanel final : public juce::Component, public juce::FileDragAndDropTarget
{
  public:
    explicit SearchPanel(PluginProcessor& pluginProcessor);

    void update(const SearchView& view);
    void paint(juce::Graphics&) override;
    void resized() override;

    bool isInterestedInFileDrag(const juce::StringArray& files) override;
    void fileDragEnter(const juce::StringArray&, int, int) override;
    void fileDragExit(const juce::StringArray&) override;
    void filesDropped(const juce::StringArray& files, int, int) override;

  private:
    /** Run something on the engine's worker. */
    void ask(std::function<void(EngineClient&)> job);
    void searchFile(const juce::File& file);
    void chooseFile();
    void record();
    void connectHits();

    PluginProcessor& processor;
    juce::TextEditor words;
    juce::TextButton choose{"Choose a file..."}, recordButton{"Record side-chain"}, scan{"Scan"};
    HitList hits;
    juce::Label message;
    std::unique_ptr<juce::FileChooser> chooser;
    juce::String title;
    juce::Rectangle<int> dropArea, titleArea;
    bool isDragging = false;
};
} // namespace starling
