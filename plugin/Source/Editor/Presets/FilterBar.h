// What hits must match: words, a synth, a bank, a tag, favourites only. Message thread only.
#pragma once

#include "Editor/Widgets/Look.h"
#include "Wire/Hit.h"

namespace starling
{
class FilterBar final : public juce::Component
{
  public:
    static constexpr int height = 2 * size::row + 6, shortHeight = size::row;

    FilterBar();

    /** The user has changed a menu or pressed Return. */
    std::function<void()> onChange;

    /** All of it as the engine reads it. */
    juce::String text() const;

    /** Fill the menus; what is chosen stays. */
    void show(const std::vector<Facet>& facets);
    void enable(bool isConnected);

    /** Say in the field what words do: find presets, or steer a search by sound. */
    void showHint(bool isBySound);

    /** The menus only where there is room for them. */
    void resized() override;

  private:
    struct Menu
    {
        Menu(const char* name, const char* none, const char* help)
            : field(name), all(none), tip(help)
        {
        }

        const char *field, *all, *tip;
        juce::ComboBox box;
        juce::StringArray values;
    };

    juce::TextEditor words;
    juce::ToggleButton favourites{"Favourites"};
    std::array<Menu, 3> menus;
    std::vector<Facet> shown;
};
} // namespace starling
