// Neighbours of a sound, as the palette's grid describes them. Worker thread only.
#pragma once

#include "Audio/Bank/SoundBank.h"
#include "Sounds/ModelSound.h"
#include "Sounds/Palette/Palette.h"

namespace starling
{
/** What the editor shows of it; copied under a lock by EngineClient. */
struct VariationsView
{
    std::vector<SoundPointer> sounds; // null where one has not arrived yet
    juce::String message;             // a sentence
    bool isError = false, isBusy = false;
};

/** Fetches the grid's sounds one by one. Worker thread only. */
class Variations
{
  public:
    static constexpr int count = 16;

    Variations(EngineLink& engineLink, SoundBank& soundBank, Palette& soundPalette)
        : link(engineLink), bank(soundBank), palette(soundPalette)
    {
    }

    /** Request neighbours of the sound on the keys: other ones each time. */
    void vary(float amount);

    /** See whether the palette describes others than are there. */
    void tick(bool connected);

    /** The link is gone: what did not come will be requested again. */
    void forgetRequests() { running = 0; }

    const VariationsView& view() const { return shown; }

  private:
    void ask(const Neighbourhood& next);
    void received(int index, const osc::Message& item);
    void end(const juce::String& sentence, bool isError);

    EngineLink& link;
    SoundBank& bank;
    Palette& palette;
    Neighbourhood requested;
    VariationsView shown;
    int running = 0;
};
} // namespace starling
