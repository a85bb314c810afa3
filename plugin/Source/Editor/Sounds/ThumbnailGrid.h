// Sounds as a grid of thumbnails: choose one to play it, then put it on the keys, keep it, or take
// it to the morph pad. Message thread only.
#pragma once

#include "Editor/Sounds/Thumbnail.h"

namespace starling
{
class ThumbnailGrid final : public juce::Component
{
  public:
    /** `what` one thumbnail is, in one word. */
    ThumbnailGrid(PluginProcessor& pluginProcessor, const juce::String& what,
                  const juce::String& textWhenEmpty);

    /** Null for a sound on its way. */
    void show(const std::vector<SoundPointer>& sounds, const PaletteContents& contents);

    /** Put the sound of this index on the keys. */
    std::function<void(int)> onUse;

    void paint(juce::Graphics&) override;
    void resized() override;

    /** Return plays the chosen sound, K puts it on the keys, F keeps it. */
    bool keyPressed(const juce::KeyPress& key) override;

  private:
    void addCell();
    void addButtons();
    void choose(int index);
    void listen();
    void use();
    void toggleKept();
    void takeTo(bool first);
    void showMark();
    void layOut();
    SoundPointer selected() const;

    PluginProcessor& processor;
    juce::String name, emptyText;
    juce::Viewport viewport;
    juce::Component content;
    std::vector<std::unique_ptr<Thumbnail>> cells;
    PaletteContents palette;
    int selection = -1, shownCount = -1;
    juce::TextButton listenButton{"Listen"}, useButton{"Play on keys"}, firstButton{"To A"},
        secondButton{"To B"};
    juce::ShapeButton keepButton;
};
} // namespace starling
