// Neighbours of a sound, as the palette's grid asks for them. Worker thread only.
#pragma once

#include "ModelSound.h"
#include "Palette.h"
#include "SoundBank.h"

namespace starling
{
struct VariationsView
{
    std::vector<SoundPointer> sounds; // null where one has not arrived yet
    juce::String message;             // a sentence
    bool isError = false, isBusy = false;
};

class Variations
{
  public:
    static constexpr int count = 16;

    Variations(EngineLink& engineLink, SoundBank& soundBank, Palette& soundPalette)
        : link(engineLink), bank(soundBank), palette(soundPalette)
    {
    }

    /** Ask for neighbours of the sound on the keys: other ones each time. */
    void vary(float amount);

    /** See whether the palette asks for others than are there. */
    void tick(bool connected);

    /** The link is gone: what did not come will be asked for again. */
    void forgetRequests() { running = 0; }

    const VariationsView& view() const { return shown; }

  private:
    void ask(const Neighbourhood& next);
    void heard(int index, const osc::Message& item);
    void end(const juce::String& sentence, bool isError);

    EngineLink& link;
    SoundBank& bank;
    Palette& palette;
    Neighbourhood asked;
    VariationsView shown;
    int running = 0;
};
} // namespace starling
