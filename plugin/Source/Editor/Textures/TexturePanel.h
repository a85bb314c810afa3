// Textures: whether notes hold one, which, how it goes on and from what, and what of it is kept.
// Message thread only.
#pragma once

#include "Editor/Textures/AheadMeter.h"
#include "Editor/Widgets/Knob.h"
#include "Editor/Widgets/ModelMenu.h"

namespace starling
{
class TexturePanel final : public juce::Component, public juce::FileDragAndDropTarget
{
  public:
    explicit TexturePanel(PluginProcessor& pluginProcessor);

    void update(const EngineView& view);

    /** Show the values that automation has set. */
    void followAutomation();

    void paint(juce::Graphics&) override;
    void resized() override;

    bool isInterestedInFileDrag(const juce::StringArray& files) override;
    void fileDragEnter(const juce::StringArray&, int, int) override;
    void fileDragExit(const juce::StringArray&) override;
    void filesDropped(const juce::StringArray& files, int, int) override;

  private:
    void addKnob(const char* parameter);
    void chooseModel(int index);
    void choosePrime();
    void setPrime(const juce::File& file);
    void updateKnobs(const std::vector<ModelSpec>& models);
    void sayLeftOut(const juce::StringArray& albums);
    void say(const EngineView& view);
    void setDragging(bool on);

    PluginProcessor& processor;
    juce::ToggleButton onKeys{"Notes hold a texture"};
    ModelMenu model;
    juce::TextButton freezeButton{"Freeze"}, primeButton{"Choose a file..."}, clearButton{"Clear"};
    std::vector<std::pair<const char*, std::unique_ptr<Knob>>> knobs; // four to draw, four to mix
    AheadMeter meter;
    juce::Label primeName, leftOut, message;
    juce::ButtonParameterAttachment onKeysAttachment;
    std::unique_ptr<juce::FileChooser> chooser;
    juce::Rectangle<int> drawArea, mixArea, primeArea;
    bool isDragging = false, hasMix = false;
};
} // namespace starling
