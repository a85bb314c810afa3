// Keeps the SoundBank filled with what the parameters and notes ask for. Worker thread only.
#pragma once

#include "EngineLink.h"
#include "ModelTable.h"
#include "Parameters.h"

#include <set>

namespace starling
{
/** Three kinds of wishes, in this order: sounds of notes just played, the current sound, and the
    other round-robin steps of keys played lately, so that their next note finds its sound. */
class SoundFetcher
{
  public:
    SoundFetcher(EngineLink& engineLink, ModelTable& modelTable, SoundBank& soundBank,
                 Parameters& parameters, Player& player);

    /** Hears of the notes that ask for a zone of the preset on the keys. */
    std::function<void(const Wanted&)> onZoneWish;

    /** Look for unmet wishes and send requests. A bounce asks at once, without waiting for a
        moving knob to rest. */
    void tick(bool connected, bool bouncing);

    /** The link is gone: what was on its way will be asked for again. */
    void forgetRequests() { inFlight.clear(); }

    /** Try again what the engine refused, e.g. after the user pressed Generate. */
    void retryFailed()
    {
        bank.retryRefused();
        restUntil = 0.0;
    }

    /** Another project was loaded: what is on its way belongs to the old one. */
    void startAnew();

    /** Have a sound's FLAC made when nothing else is to do: saving will find it ready. */
    void encodeLater(SoundPointer sound) { toEncode.push_back(std::move(sound)); }

    bool isBusy() const { return !inFlight.empty(); }

    /** Why the last sound could not be made, as a sentence; empty when it could. */
    const juce::String& error() const { return lastError; }

  private:
    using Slot = std::pair<int, int>; // key, step

    struct Flight
    {
        Wanted wanted;
        int request = 0, era = 0;
    };

    static Slot slotOf(const Wanted& wanted) { return {wanted.key, wanted.step}; }

    void takeWishes();
    void useKey(int key);
    bool hasSettled(const Wanted& wanted, bool bouncing);
    void prefetch(const PlayerSettings& settings);
    bool isMet(const Wanted& wanted) const;
    void fetch(const Wanted& wanted);
    Request requestFor(const Wanted& wanted, const ModelSpec& model) const;
    void addControls(std::vector<osc::Value>& values, const Wanted& wanted,
                     const ModelSpec& model) const;
    void arrived(const Wanted& wanted, const osc::Message& done);
    void refuse(const Wanted& wanted, const juce::String& sentence);
    void encodeOne();

    EngineLink& link;
    ModelTable& models;
    SoundBank& bank;
    Parameters& parameters;
    Player& player;

    std::deque<Wanted> noteWishes;
    std::deque<int> recentKeys; // newest first
    std::map<Slot, Flight> inFlight;
    Wanted lastWanted;
    double changedAt = 0.0, restUntil = 0.0;
    std::vector<SoundPointer> toEncode;
    juce::String lastError;
};
} // namespace starling
