// A host whose transport runs, and what its plugin's phrases and songs are made of.
#pragma once

#include "harness/session.h"

namespace harness
{
/** A transport that goes on with every block. */
struct Transport : juce::AudioPlayHead
{
    juce::Optional<PositionInfo> getPosition() const override
    {
        PositionInfo info;
        info.setIsPlaying(isPlaying);
        info.setBpm(tempo);
        info.setPpqPosition(beat);
        info.setTimeInSamples(frame);
        info.setTimeSignature(signature);
        return info;
    }

    bool isPlaying = true;
    double tempo = 150.0, beat = 0.0;
    juce::int64 frame = 0;
    TimeSignature signature;
};

/** A host whose transport runs: at 150 a minute a beat is 19,200 frames, 150 blocks. */
struct PlayingHost
{
    explicit PlayingHost(Host& theHost) : host(theHost) { host.plugin.setPlayHead(&transport); }
    ~PlayingHost() { host.plugin.setPlayHead(nullptr); }

    /** Some blocks; answers what came out of them, a line an event: frame, status, key. */
    juce::StringArray play(int blocks, const juce::MidiBuffer& midi = {})
    {
        juce::StringArray out;

        for (int n = 0; n < blocks; ++n)
        {
            host.process(n == 0 ? midi : juce::MidiBuffer());

            for (const auto event : host.midi)
                out.add(juce::String(transport.frame + event.samplePosition) + " " +
                        juce::String::toHexString(event.data[0]) + " " +
                        juce::String(event.data[1]));

            transport.frame += transport.isPlaying ? Host::block : 0;
            transport.beat +=
                transport.isPlaying ? Host::block * transport.tempo / 60.0 / Host::rate : 0.0;
        }
        return out;
    }

    /** A key from now on for so many blocks, then as many without it. */
    void key(int note, int blocks, int channel = 1)
    {
        juce::MidiBuffer down, up;
        down.addEvent(juce::MidiMessage::noteOn(channel, note, juce::uint8{100}), 0);
        up.addEvent(juce::MidiMessage::noteOff(channel, note), 0);
        play(blocks, down);
        play(1, up);
    }

    Host& host;
    Transport transport;
};

void checkSongFiles(Checks& check);
} // namespace harness
