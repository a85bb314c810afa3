// A scan of the presets while it runs: how far it is, how long it still takes, Cancel. Message
// thread only.
#pragma once

#include "Editor/Widgets/Look.h"
#include "PluginProcessor.h"

namespace starling
{
class ScanBar final : public juce::Component
{
  public:
    static constexpr int barHeight = 26, cancelHeight = 26, height = barHeight + 4 + cancelHeight;

    explicit ScanBar(PluginProcessor& pluginProcessor);

    void update(const ScanView& view);
    void resized() override;

  private:
    double fraction = -1.0; // of the bar; below 0 it has no end in sight
    juce::ProgressBar progress{fraction};
    juce::TextButton cancelButton{"Cancel"};
    juce::Label timeLeft;
};
} // namespace starling
