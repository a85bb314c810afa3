// Renders the preset on the keys at other notes, so that keys far from its root sound as the synth
// would sound there. Worker thread only.
#pragma once

#include "Audition.h"
#include "Parameters.h"

namespace starling
{
/** Zones that notes ask for come first; then, one at a time, the others of the usual range, from
    the key played last outwards. */
class ZoneFetcher
{
  public:
    static constexpr int lowestKey = 36, highestKey = 84; // filled ahead; others when played

    ZoneFetcher(EngineLink& engineLink, SoundBank& soundBank, Parameters& params)
        : link(engineLink), bank(soundBank), parameters(params)
    {
    }

    std::function<void(SoundPointer)> onSound;

    /** A note asks for its zone, or lets us know that it plays there. */
    void wish(const Wanted& wanted);

    /** Look for what is missing and send requests. */
    void tick(bool connected);

    /** The link is gone: what was on its way will be asked for again. */
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
    void arrived(const Wanted& wanted, const osc::Message& done);
    void failed(const Wanted& wanted, const juce::String& code, const juce::String& sentence);
    void refuse(const Wanted& wanted, const juce::String& sentence);

    EngineLink& link;
    SoundBank& bank;
    Parameters& parameters;

    PresetOnKeys preset;
    std::deque<int> wishes;      // notes of zones
    std::map<int, int> inFlight; // note of a zone to request
    int lastKey = 60;
    bool hasGivenUp = false; // the engine does not know this preset: ask only for what is played
    double restUntil = 0.0;
    juce::String lastError;
};
} // namespace starling
