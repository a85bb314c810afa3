// A sound as a small picture: click to listen, double-click to play it with the keys, drag it out.
// Message thread only.
#pragma once

#include "Editor/Widgets/Shape.h"
#include "PluginProcessor.h"

namespace starling
{
class Thumbnail final : public juce::Button
{
  public:
    Thumbnail(PluginProcessor& pluginProcessor, const juce::String& name);

    /** Null while the sound is on its way. */
    void show(const SoundPointer& newSound, bool onKeys, bool kept);
    void select(bool now);
    const SoundPointer& sound() const { return shown; }

    std::function<void()> onListen, onUse;

    void paintButton(juce::Graphics&, bool over, bool down) override;
    void resized() override { measure(); }
    void clicked() override;
    void mouseDown(const juce::MouseEvent&) override;
    void mouseDrag(const juce::MouseEvent&) override;
    void mouseDoubleClick(const juce::MouseEvent&) override;

  private:
    void measure();
    void paintShape(juce::Graphics&, juce::Rectangle<float> area) const;

    PluginProcessor& processor;
    SoundPointer shown;
    std::vector<juce::Range<float>> shape;
    bool isOnKeys = false, isKept = false, isSelected = false, wasDragged = false;
};
} // namespace starling
