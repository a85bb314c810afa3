// A player whose notes are sines, the messages that it is sent, and what is measured of its notes.
#pragma once

#include "harness/harness.h"

namespace harness
{
using Message = std::array<int, 3>; // status, two data bytes

juce::MidiBuffer messages(const std::vector<Message>& list, int frame = 0);

/** Messages of a channel 1..16. */
Message control(int channel, int number, int value);
Message bend(int channel, int value); // -8192..8191
std::vector<Message> registered(int channel, int parameter, int value);

juce::AudioBuffer<float> rendered(starling::Player& player,
                                  const starling::PlayerSettings& settings, int frames,
                                  const juce::MidiBuffer& midi);

/** A player of one sound: a sine of 480 Hz that lasts half a minute, at key 60. */
struct ChannelBench
{
    static constexpr double rate = 48000.0, hz = 480.0;

    ChannelBench();

    juce::AudioBuffer<float> render(int frames, const juce::MidiBuffer& midi = {})
    {
        return rendered(player, settings, frames, midi);
    }
    void send(const std::vector<Message>& list) { render(64, messages(list)); }

    /** Press a key for half a second; how far it sounds from its key in semitones. */
    double heard(int channel, int key = 60);

    starling::SoundBank bank;
    starling::Player player{bank};
    starling::PlayerSettings settings;
};

/** Where each rise through 0 lies, in frames. */
std::vector<double> rises(const juce::AudioBuffer<float>& audio);

/** Parts of `channels`, each of which has a file of its own. */
void checkPedals(Checks& check);
void checkVibrato(Checks& check);
void checkLevels(Checks& check);
} // namespace harness
