// Renders the preset on the keys at other notes, so that keys far from its root sound as the synth
// would sound there. Worker thread only.
#pragma once

#include "Parameters.h"
#include "Presets/Audition.h"

namespace starling
{
/** Worker thread only. Zones that notes need come first; then, one at a time, the others of the
   usual range, from the key played last outwards. */
class ZoneFetcher
{
  public:
    static constexpr int lowestKey = 36, highestKey = 84; // filled ahead; others when played

    ZoneFetcher(EngineLink& engineLink, SoundBank& soundBank, Parameters& params)
        : link(engineLink), bank(soundBank), parameters(params)
    {
    }

    std::function<void(SoundPointer)> onSound;

    /** A note needs its zone, or plays in it: the others are filled from there. */
    void request(const SoundKey& soundKey);

    /** Look for what is missing and send requests. */
    void tick(bool connected);

    /** The link is gone: what was on its way will be requested again. */
    void forgetRequests() { inFlight.clear(); }

    /** Try again what the engine refused. */
    void retryFailed();

    /** Why the last zone could not be made, as a sentence; empty when it could. */
    const juce::String& error() const { return lastError; }

    /** The notes of all zones that the usual range needs, middle first. */
    static std::vector<int> usualZones(int root);

  private:
    void changeTo(PresetOnKeys next);
    bool isMet(int note) const;
    void prefetch();
    void fetch(int note);
    void arrived(const SoundKey& soundKey, const osc::Message& done);
    void failed(const SoundKey& soundKey, const juce::String& code, const juce::String& sentence);
    void refuse(const SoundKey& soundKey, const juce::String& sentence);

    EngineLink& link;
    SoundBank& bank;
    Parameters& parameters;

    PresetOnKeys preset;
    std::deque<int> requests;    // notes of zones
    std::map<int, int> inFlight; // note of a zone to request
    int lastKey = 60;
    bool hasGivenUp = false; // the engine does not know this preset: request only what is played
    double restUntil = 0.0;
    juce::String lastError;
};
} // namespace starling
