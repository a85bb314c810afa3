// A player whose notes play the NES chip, and what is measured of what it plays.
#pragma once

#include "harness/harness.h"

namespace harness
{
struct ChipBench
{
    explicit ChipBench(double sampleRate) : rate(sampleRate)
    {
        player.prepare(rate);
        settings.chip = true;
        settings.chips.envelope.release = 0.0f;
    }

    juce::AudioBuffer<float> render(int frames, const juce::MidiBuffer& midi = {})
    {
        juce::AudioBuffer<float> audio(2, frames);
        audio.clear();
        player.render(audio, midi, settings);
        return audio;
    }

    /** Until all is silent and the chip is off; answers what came after that. */
    juce::AudioBuffer<float> settle()
    {
        render(static_cast<int>(0.4 * rate));
        return render(128);
    }

    double rate;
    starling::SoundBank bank;
    starling::Player player{bank};
    starling::PlayerSettings settings;
};

juce::MidiBuffer on(int channel, int key, int velocity = 127);
juce::MidiBuffer off(int channel, int key);

/** Root mean square without the mean. */
double loudness(const juce::AudioBuffer<float>& audio, int from = 0, int size = -1);

bool same(const juce::AudioBuffer<float>& a, const juce::AudioBuffer<float>& b, int from, int size);

/** The frequency of the partial nearest to one, from how its phase moves. */
double measuredHz(const juce::AudioBuffer<float>& audio, double near, double rate);

double amplitude(const juce::AudioBuffer<float>& audio, double hz, double rate);

/** The correlation of a sound with itself after so many frames. */
double repeatsAfter(const juce::AudioBuffer<float>& audio, int frames);

/** What the console's filters leave of a frequency. */
double outputGain(double hz);

void checkSong(Checks& check);
void checkVolumes(Checks& check);
} // namespace harness
