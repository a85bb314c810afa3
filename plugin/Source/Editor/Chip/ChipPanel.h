// The NES chip: whether notes play it, by which voice, how each sounds, and the song that it plays
// in time with the host. Message thread only.
#pragma once

#include "Editor/Chip/ChipColumn.h"

namespace starling
{
class ChipPanel final : public juce::Component, public juce::FileDragAndDropTarget
{
  public:
    explicit ChipPanel(PluginProcessor& pluginProcessor);

    void update();

    /** Show the values that automation has set. */
    void followAutomation();

    void paint(juce::Graphics&) override;
    void resized() override;

    bool isInterestedInFileDrag(const juce::StringArray& files) override;
    void fileDragEnter(const juce::StringArray&, int, int) override;
    void fileDragExit(const juce::StringArray&) override;
    void filesDropped(const juce::StringArray& files, int, int) override;

  private:
    void chooseSong();
    void openSong(const juce::File& file);
    void listen(bool on);
    void setDragging(bool on);

    PluginProcessor& processor;
    juce::ToggleButton onKeys{"Notes play the NES chip"};
    juce::ComboBox routing;
    std::vector<std::unique_ptr<ChipColumn>> columns;
    std::vector<std::unique_ptr<Knob>> splits;
    juce::TextButton openButton{"Open a MIDI file..."}, clearButton{"Clear"},
        listenButton{"Listen"};
    juce::Label songName, message;
    juce::ButtonParameterAttachment onKeysAttachment;
    juce::ComboBoxParameterAttachment routingAttachment;
    std::unique_ptr<juce::FileChooser> chooser;
    juce::Rectangle<int> voiceArea, splitArea, songArea;
    juce::String songError;
    bool isDragging = false;
};
} // namespace starling
