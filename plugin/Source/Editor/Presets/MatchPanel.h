// Tuning a synth until it sounds like the recording: which synth, how long, and what came of it.
// Message thread only.
#pragma once

#include "Editor/Presets/HitList.h"

namespace starling
{
class MatchPanel final : public juce::Component
{
  public:
    explicit MatchPanel(PluginProcessor& pluginProcessor);

    void update(const EngineView& view);
    void resized() override;

  private:
    void startOrCancel();
    void showSynths(const std::vector<Facet>& facets);

    PluginProcessor& processor;
    juce::ComboBox synth, budget;
    juce::TextButton matchButton{"Match"};
    juce::ToggleButton onKeys{"Play the best on the keys"};
    double fraction = 0.0;
    juce::ProgressBar progress{fraction};
    juce::Label best, message;
    HitList variants;
    juce::StringArray synths;
    bool isRunning = false;
};
} // namespace starling
