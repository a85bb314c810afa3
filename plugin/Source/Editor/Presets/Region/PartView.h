// The sound file that is searched with, and the part of it that was taken: drag to mark another.
// Message thread only.
#pragma once

#include "Editor/Widgets/Look.h"
#include "Presets/PresetSearch.h"

namespace starling
{
class PartView final : public juce::Component, public juce::SettableTooltipClient
{
  public:
    PartView();

    /** Less where the recording cannot be drawn. */
    int idealHeight() const;

    /** The user has marked a part; nothing for what the engine takes by itself. */
    std::function<void(const std::optional<FilePart>&)> onMark = [](const auto&) {};

    void show(const SearchView& view, bool hasEngine);

    /** `0.52 to 1.52 s    3 notes`, of what was taken or is being marked. */
    juce::String text() const;

    void paint(juce::Graphics&) override;
    void mouseDown(const juce::MouseEvent&) override;
    void mouseDrag(const juce::MouseEvent&) override;
    void mouseUp(const juce::MouseEvent&) override;
    void mouseDoubleClick(const juce::MouseEvent&) override;

  private:
    bool canMark() const;
    juce::Rectangle<float> wave() const;
    float secondsAt(float x) const;
    float xAt(float seconds) const;
    void paintWave(juce::Graphics&, juce::Rectangle<float> area) const;

    std::shared_ptr<const FileShape> shape;
    FilePart part;
    std::optional<FilePart> marking; // while the mouse is down
    juce::String name;               // of the recording
    int notes = 0;
    bool isConnected = false, isMarked = false, isDragging = false;
};
} // namespace starling
