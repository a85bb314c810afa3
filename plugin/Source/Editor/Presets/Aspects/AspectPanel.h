// How much timbre and each aspect count in a search, and in which direction it looks. Message
// thread only.
#pragma once

#include "Editor/Presets/Aspects/AspectRow.h"

namespace starling
{
class AspectPanel final : public juce::Component, private juce::Timer
{
  public:
    static constexpr int height = static_cast<int>(aspectCount) * AspectRow::height;

    AspectPanel();
    ~AspectPanel() override { stopTimer(); }

    /** Sliders were moved: at once, then at most four times a second while they go on moving. */
    std::function<void()> onChange = [] {};

    AspectOptions options() const;
    void show(const AspectOptions& options);
    void enable(bool isConnected);
    void resized() override;

  private:
    void moved();
    void timerCallback() override;

    std::vector<std::unique_ptr<AspectRow>> rows;
    juce::TextButton reset{"Reset"};
    bool isDue = false; // moved since onChange was called
};
} // namespace starling
