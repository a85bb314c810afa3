// Which sound: model, mode, seed, Generate, and the model's controls. Message thread only.
#pragma once

#include "Editor/Widgets/Knob.h"
#include "Editor/Widgets/ModelMenu.h"
#include "Editor/Widgets/Waveform.h"

namespace starling
{
class SoundPanel final : public juce::Component
{
  public:
    explicit SoundPanel(PluginProcessor& pluginProcessor);

    void update(const EngineView& view);

    /** Show the values that automation has set. */
    void followAutomation();

    void paint(juce::Graphics&) override;
    void resized() override;

  private:
    void choose(int item);
    void addModel(int index, ParameterValues& values);
    void generate();
    void showSeed(float value);
    void setSeed(int seed);
    void lockSeed(bool on);
    void showLock(bool isLocked);
    void updateControls(const std::vector<ModelSpec>& models);

    PluginProcessor& processor;
    ModelMenu model;
    juce::ComboBox mode, tracking;
    juce::TextButton generateButton{"Generate"}, undoButton{"Undo"}, redoButton{"Redo"};
    juce::ShapeButton lockButton;
    juce::TextButton modelButton{"Back to the model"}; // while a preset is on the keys
    juce::TextEditor seed;
    juce::Label trackingName{{}, "Pitch tracking"};
    Waveform waveform;
    std::array<std::unique_ptr<Knob>, protocol::controlSlots> controls;
    Knob roundRobin;
    juce::ComboBoxParameterAttachment modeAttachment, trackingAttachment;
    juce::ParameterAttachment seedAttachment;
    std::optional<bool> shownLock;
    juce::Rectangle<int> header, controlArea;
};
} // namespace starling
