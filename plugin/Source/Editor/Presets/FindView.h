// The presets that sound like something, or that words describe, with the filters that narrow them.
// Message thread only.
#pragma once

#include "Editor/Presets/FilterBar.h"
#include "Editor/Presets/HitList.h"

namespace starling
{
class FindView final : public juce::Component
{
  public:
    explicit FindView(PluginProcessor& pluginProcessor);

    void update(const SearchView& view, bool isConnected);
    void resized() override;

    /** What a search is narrowed and steered by. */
    SearchTerms terms() const { return {filters.text()}; }

  private:
    PluginProcessor& processor;
    FilterBar filters;
    juce::Label title, message;
    juce::TextButton clear{"Clear"};
    HitList hits;
};
} // namespace starling
