// The morph pad: sounds between the palette's two, onto the keys. Worker thread only.
#pragma once

#include "Sounds/SoundDesk.h"

namespace starling
{
/** What the editor shows of it. */
struct MorphView
{
    juce::String message; // a sentence
    bool isError = false;
};

/** Follows the pad with one request at a time. Worker thread only. */
class Morpher
{
  public:
    Morpher(EngineLink& engineLink, Palette& soundPalette, SoundDesk& soundDesk)
        : link(engineLink), palette(soundPalette), desk(soundDesk)
    {
    }

    /** Move the pad's point; `last` when the user lets go of it, to play it once. */
    void move(MorphPoint point, bool last);

    /** Choose the first or the second sound. */
    void choose(bool first, const SoundPointer& sound);

    /** Request the newest point once the one before has come. */
    void tick(bool connected);

    void forgetRequests() { running = 0; }

    const MorphView& view() const { return shown; }

  private:
    void ask();
    void arrived(const SoundPointer& sound, int era);

    EngineLink& link;
    Palette& palette;
    SoundDesk& desk;
    MorphView shown;
    bool hasMoved = false, isLast = false;
    int running = 0;
};
} // namespace starling
