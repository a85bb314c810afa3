// What a composer is to write: which voices, how many bars, how daring, by which seed. Message
// thread only.
#pragma once

#include "Editor/Widgets/Look.h"
#include "PluginProcessor.h"

namespace starling
{
class ComposeControls final : public juce::Component
{
  public:
    explicit ComposeControls(PluginProcessor& pluginProcessor);

    /** Show the choices, and the controls that this composer has; null: none. */
    void update(const ComposeContents& contents, const ModelSpec* model);

    /** Whether there is an engine, and a composer, to write once more. */
    void enableAgain(bool isConnected, bool canCompose);

    void paint(juce::Graphics&) override;
    void resized() override;

    std::function<void()> onAgain; // compose with another seed

  private:
    using Change = std::function<void(ComposeContents&)>;

    void change(const Change& how);
    void addVoices();
    void addSliders();

    PluginProcessor& processor;
    std::vector<std::unique_ptr<juce::TextButton>> voices;
    juce::ComboBox bars;
    std::vector<std::unique_ptr<juce::Slider>> sliders;
    juce::Slider seed{juce::Slider::LinearBar, juce::Slider::TextBoxLeft};
    juce::TextButton again{"Again"};
    juce::String shownControls{"-"};
};
} // namespace starling
