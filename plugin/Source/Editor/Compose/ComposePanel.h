// Music for the chip that goes on from what was played: the prompt, what is to be written, and what
// came of it. Message thread only.
#pragma once

#include "Editor/Compose/ComposeControls.h"
#include "Editor/Compose/FileHandle.h"
#include "Editor/Compose/NotesPicture.h"

namespace starling
{
class ComposePanel final : public juce::Component, public juce::FileDragAndDropTarget
{
  public:
    explicit ComposePanel(PluginProcessor& pluginProcessor);

    void update(const EngineView& view);

    /** Show the values that automation has set. */
    void followAutomation() { recordAttachment.sendInitialUpdate(); }

    void paint(juce::Graphics&) override;
    void resized() override;

    bool isInterestedInFileDrag(const juce::StringArray& files) override;
    void fileDragEnter(const juce::StringArray&, int, int) override { setDragging(true); }
    void fileDragExit(const juce::StringArray&) override { setDragging(false); }
    void filesDropped(const juce::StringArray& files, int, int) override;

  private:
    void addPrompt();
    void addSong();
    void post(std::function<void(Composer&)> job);
    void startOrCancel();
    void choosePrompt();
    void showModels(const ComposeView& view);
    void showPrompt(const ComposeView& view);
    void showSong();
    void say(const EngineView& view);
    void setDragging(bool on);

    PluginProcessor& processor;
    juce::ComboBox model, last;
    juce::TextButton composeButton{"Compose"}, record{"Record"}, openButton{"Open..."},
        clearPrompt{"Clear"}, listenButton{"Listen"}, clearSong{"Clear"};
    NotesPicture promptPicture, songPicture;
    ComposeControls controls;
    FileHandle midi, vgm, wav;
    juce::Label message;
    double fraction = 0.0;
    juce::ProgressBar progress{fraction};
    juce::ButtonParameterAttachment recordAttachment;
    std::unique_ptr<juce::FileChooser> chooser;
    juce::Rectangle<int> promptArea, writeArea, songArea;
    std::vector<ModelSpec> models;
    juce::String promptText, songText;
    bool isRunning = false, isDragging = false;
};
} // namespace starling
