// Drives the plugin's own code without a DAW. Each command prints lines and
// exits 0 when all held.
#pragma once

#include "PluginProcessor.h"

#include <cstdio>
#include <functional>

namespace harness
{
using Arguments = juce::StringArray;

/** Counts checks; one line for each that fails. */
class Checks
{
  public:
    void that(bool holds, const char* what)
    {
        ++count;
        failures += holds ? 0 : 1;
        std::printf("%s %s\n", holds ? "ok  " : "FAIL", what);
    }

    int exitCode() const
    {
        std::printf("%d checks, %d failed\n", count, failures);
        return failures == 0 ? 0 : 1;
    }

  private:
    int count = 0, failures = 0;
};

/** A processor at 48 kHz in blocks of 128, called from this thread as a host
 * would. */
class Host
{
  public:
    static constexpr double rate = 48000.0;
    static constexpr int block = 128;

    Host();

    /** One block; `beforeBlock` and `afterBlock` stand directly around
     * processBlock. */
    void process(const juce::MidiBuffer& events = {});

    /** Sleep until the next block is due in real time. */
    void pace();
    bool waitUntil(const std::function<bool()>& condition, double seconds);
    void set(const char* id, float value);

    starling::PluginProcessor plugin;
    juce::AudioBuffer<float> audio{4, block};
    juce::MidiBuffer midi; // the last block's: what came out of the plugin
    std::function<void()> beforeBlock = [] {}, afterBlock = [] {};
    juce::int64 blocks = 0;
    int mostVoices = 0; // that sounded in one block since this was last set to 0

  private:
    double next = 0.0;
};

juce::MidiBuffer noteOn(int note, int velocity = 127, int frame = 0);
juce::MidiBuffer noteOff(int note, int frame = 0);

int checkPlayer(const Arguments&);
int checkVoices(const Arguments&);
int checkTextures(const Arguments&);
int checkChips(const Arguments&);
int checkChannels(const Arguments&);
int printStates(const Arguments&);
int checkPhrases(const Arguments&);
int checkCompose(const Arguments&);
int checkState(const Arguments&);
int checkMutations(const Arguments&);
int checkTexts(const Arguments&);
int checkTold(const Arguments&);
int checkOsc(const Arguments&);
int checkLink(const Arguments&);
int checkHost(const Arguments&);
void checkLayouts(Checks&); // a part of it
int checkSession(const Arguments&);
int checkPresets(const Arguments&);
int checkTerms(const Arguments&);
int checkSteering(const Arguments&);
int checkMatch(const Arguments&);
int checkLostMatch(const Arguments&);
int checkPalette(const Arguments&);
int checkSounds(const Arguments&);
int checkAlone(const Arguments&);
int checkFirstScan(const Arguments&);
int checkNewModel(const Arguments&);
int checkNewTexture(const Arguments&);
int checkStreams(const Arguments&);
int checkFreeze(const Arguments&);
int checkReopen(const Arguments&);
int checkLostStream(const Arguments&);
int checkSlowStream(const Arguments&);
int printSong(const Arguments&);
int takePictures(const Arguments&);
int measureRoundtrip(const Arguments&);
int measureTextures(const Arguments&);
int watchAudioThread(const Arguments&);
int watchWrapper(const Arguments&);
int printGroups(const Arguments&);
} // namespace harness
