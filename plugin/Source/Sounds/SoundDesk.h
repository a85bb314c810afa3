// Puts sounds on the keys: a variation, a kept one, one of before, the model's nearest sound to a
// recording. Worker thread only.
#pragma once

#include "Engine/Inbox.h"
#include "Parameters.h"
#include "Sounds/ModelSound.h"
#include "Sounds/Palette/History.h"
#include "Sounds/Palette/Palette.h"

namespace starling
{
/** What the editor shows of it. */
struct DeskView
{
    std::vector<OnKeys> history; // oldest first
    int position = -1;           // of the sound on the keys
    juce::String message;        // a sentence
    bool isError = false, isEncoding = false;
};

/** Listen, use, keep, undo and encode, as the editor's buttons post them. Worker thread only. */
class SoundDesk
{
  public:
    SoundDesk(EngineLink& engineLink, Parameters& params, ModelTable& modelTable,
              SoundBank& soundBank, Palette& soundPalette, Inbox& engineInbox)
        : link(engineLink),
          parameters(params),
          models(modelTable),
          bank(soundBank),
          palette(soundPalette),
          inbox(engineInbox)
    {
    }

    /** Play a sound once. */
    void listen(const SoundPointer& sound);

    /** Put a model's sound on the keys, a step of its own in the history; the parameters follow it.
        With `since`, the era of its request, nothing happens where another project has been loaded;
        answers whether it was put there. */
    bool use(const SoundPointer& sound, std::optional<int> since = {});

    /** The same as one of a drag: what follows fast is one step with it. */
    bool drag(const SoundPointer& sound, std::optional<int> since = {});

    /** Keep a sound with the project, or no longer. */
    void keep(const SoundPointer& sound, bool on);

    /** Go to a sound of before; one out of range does nothing. */
    void goTo(int index) { restore(history.go(index)); }
    void undo() { restore(history.back()); }
    void redo() { restore(history.forward()); }

    /** Put the chosen model's nearest sound to a file on the keys. Takes seconds. */
    void encode(const juce::File& file);

    /** See what the keys play now. */
    void tick();

    std::function<void(SoundPointer)> onKept; // will be saved with the project

    /** Rises with every project that is loaded. */
    int era() const noexcept { return bank.era(); }

    DeskView view() const;

  private:
    void restore(const std::optional<OnKeys>& entry);
    bool play(const SoundKey& soundKey, const OnKeys& entry, std::optional<int> since = {});
    void say(const juce::String& sentence, bool isError);

    EngineLink& link;
    Parameters& parameters;
    ModelTable& models;
    SoundBank& bank;
    Palette& palette;
    Inbox& inbox;
    History history;
    DeskView shown; // its history apart
};
} // namespace starling
