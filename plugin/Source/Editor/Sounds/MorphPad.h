// The square between two sounds: across, from the first's place in the latent space to the
// second's; up, from the first's knobs to the second's. Message thread only.
#pragma once

#include "Editor/Widgets/Look.h"
#include "PluginProcessor.h"

namespace starling
{
class MorphPad final : public juce::Component, public juce::SettableTooltipClient
{
  public:
    MorphPad();

    void show(MorphPoint now);

    /** The user moves the point; `last` when he lets go of it. */
    std::function<void(MorphPoint, bool last)> onMove;

    void paint(juce::Graphics&) override;
    void mouseDown(const juce::MouseEvent&) override;
    void mouseDrag(const juce::MouseEvent&) override;
    void mouseUp(const juce::MouseEvent&) override;

    /** Arrows move the point. */
    bool keyPressed(const juce::KeyPress& key) override;
    std::unique_ptr<juce::AccessibilityHandler> createAccessibilityHandler() override;

  private:
    void move(MorphPoint next, bool last);
    void follow(const juce::MouseEvent& event, bool last);
    juce::Rectangle<float> field() const;

    MorphPoint point;
    bool isHeld = false;
};
} // namespace starling
