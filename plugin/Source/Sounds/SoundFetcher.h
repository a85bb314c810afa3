// Keeps the SoundBank filled with what the parameters and notes need. Worker thread only.
#pragma once

#include "Engine/EngineLink.h"
#include "Parameters.h"
#include "Wire/ModelTable.h"

#include <set>

namespace starling
{
/** Worker thread only. Requests three kinds of sounds, in this order: sounds of notes just played,
   the current sound, and the other round-robin steps of keys played lately, so that their next note
   finds its sound. */
class SoundFetcher
{
  public:
    SoundFetcher(EngineLink& engineLink, ModelTable& modelTable, SoundBank& soundBank,
                 Parameters& parameters, Player& player);

    /** Called for notes that need a zone of the preset on the keys. */
    std::function<void(const SoundKey&)> onZoneRequest;

    /** Look for what is missing and send requests. A bounce requests at once, without waiting for
        a moving knob to rest. */
    void tick(bool connected, bool bouncing);

    /** The link is gone: what was on its way will be requested again. */
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

    /** Whether the chosen sound changed a moment ago and may not have been fetched yet. */
    bool isTurning() const;

    /** Why the last sound could not be made, as a sentence; empty when it could. */
    const juce::String& error() const { return lastError; }

  private:
    using Slot = std::pair<int, int>; // key, step

    struct Flight
    {
        SoundKey soundKey;
        int request = 0, era = 0;
    };

    static Slot slotOf(const SoundKey& soundKey) { return {soundKey.key, soundKey.step}; }

    void takeRequests();
    void useKey(int key);
    bool hasSettled(const SoundKey& soundKey, bool bouncing);
    void prefetch(const PlayerSettings& settings);
    bool isMet(const SoundKey& soundKey) const;
    void fetch(const SoundKey& soundKey);
    Request requestFor(const SoundKey& soundKey, const ModelSpec& model) const;
    void addControls(std::vector<osc::Value>& values, const SoundKey& soundKey,
                     const ModelSpec& model) const;
    void arrived(const SoundKey& soundKey, const osc::Message& done);
    void refuse(const SoundKey& soundKey, int era, const juce::String& sentence);
    void encodeOne();

    EngineLink& link;
    ModelTable& models;
    SoundBank& bank;
    Parameters& parameters;
    Player& player;

    std::deque<SoundKey> noteRequests;
    std::deque<int> recentKeys; // newest first
    std::map<Slot, Flight> inFlight;
    SoundKey lastSoundKey;
    double changedAt = 0.0, restUntil = 0.0;
    std::vector<SoundPointer> toEncode;
    juce::String lastError;
};
} // namespace starling
