// What stands in the place of searches while the library has no presets: what Scan does, and Scan.
// Message thread only.
#pragma once

#include "Editor/Widgets/Look.h"
#include "PluginProcessor.h"

namespace starling
{
class EmptyLibrary final : public juce::Component
{
  public:
    explicit EmptyLibrary(PluginProcessor& pluginProcessor);

    /** `message` is what came of the last scan. */
    void update(const ScanView& scan, const juce::String& message, bool isError);
    void resized() override;

  private:
    juce::Label title{{}, "Your preset library is empty"}, text, said;
    juce::TextButton scanButton{"Scan"};
};
} // namespace starling
