// The current sound's shape, what start and length leave of it, and where the newest note is.
// Message thread only.
#pragma once

#include "Editor/Widgets/Shape.h"
#include "PluginProcessor.h"

namespace starling
{
class Waveform final : public juce::Component,
                       public juce::SettableTooltipClient,
                       private juce::Timer
{
  public:
    explicit Waveform(PluginProcessor& pluginProcessor);

    void paint(juce::Graphics&) override;
    void resized() override { measure(); }
    void mouseDown(const juce::MouseEvent&) override;
    void mouseDrag(const juce::MouseEvent&) override;
    void mouseUp(const juce::MouseEvent&) override;

    /** The text shown while there is no sound. */
    void setMessage(const juce::String& text);

  private:
    void timerCallback() override;
    void nameSound();
    void measure();
    void paintShape(juce::Graphics&, juce::Rectangle<float> area) const;
    void paintCaption(juce::Graphics&, juce::Rectangle<int> area) const;
    int rootKey() const;

    PluginProcessor& processor;
    SoundPointer sound;
    juce::String message, name; // of the preset or the match; empty for a model's sound
    std::vector<juce::Range<float>> columns; // lowest and highest sample of each pixel
    float progress = -1.0f, start = 0.0f, length = 1.0f;
    int pressedKey = -1;
};
} // namespace starling
