// One aspect of a search: how much it counts, and whether less or more of it is looked for.
// Message thread only.
#pragma once

#include "Editor/Widgets/Look.h"
#include "Presets/SearchTerms.h"

namespace starling
{
class AspectRow final : public juce::Component
{
  public:
    static constexpr int height = 21;

    explicit AspectRow(size_t aspectIndex);

    /** The user has moved a slider. */
    std::function<void()> onChange;

    /** Put this row's values among the others. */
    void readInto(AspectOptions& options) const;
    void show(const AspectOptions& options);
    void enable(bool isConnected);
    void resized() override;

  private:
    void addSlider(juce::Slider& slider, double low, double usual, const juce::String& title);
    void changed();
    void showTips();

    const size_t index;
    const aspects::Aspect& aspect;
    juce::Label name, less, more;
    juce::Slider weight, shift;
    bool hasEngine = false;
};
} // namespace starling
