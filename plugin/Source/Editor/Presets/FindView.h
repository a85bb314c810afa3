// The presets that sound like something, or that words describe, with the filters that narrow them
// and the aspects that steer them. Message thread only.
#pragma once

#include "Editor/Presets/Aspects/AspectPanel.h"
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
    SearchTerms terms() const { return {filters.text(), aspects.options()}; }

    /** Whether the aspects are open, beside which the list needs what room there is. */
    bool isSteering() const { return aspects.isVisible(); }

    /** It was opened or closed. */
    std::function<void()> onSteering = [] {};

  private:
    bool isShort() const;
    void showAspects(const SearchView& view, bool isConnected);

    PluginProcessor& processor;
    FilterBar filters;
    juce::Label title, message;
    juce::TextButton clear{"Clear"}, aspectsButton{"Aspects"};
    AspectPanel aspects;
    bool isFirstUpdate = true;
    HitList hits;
};
} // namespace starling
