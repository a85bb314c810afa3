// What hosts may do to a plugin: any rate, any block, any parameter, any layout, no preparation.
#include "harness.h"

namespace harness
{
namespace
{
using starling::Place;
using starling::PluginProcessor;

starling::SoundPointer click()
{
    juce::AudioBuffer<float> audio(2, 2000);
    audio.clear();
    audio.setSample(0, 0, 1.0f);
    audio.setSample(1, 1999, -1.0f);
    return std::make_shared<const starling::Sound>(starling::SoundInfo{"click", "{}", 44100.0, 60},
                                                   audio);
}

bool isSound(const juce::AudioBuffer<float>& audio)
{
    for (int c = 0; c < audio.getNumChannels(); ++c)
        for (int n = 0; n < audio.getNumSamples(); ++n)
            if (const auto x = std::abs(audio.getSample(c, n));
                !(x < 200.0f) || (x > 0.0f && x < 1.2e-38f))
                return false; // NaN, infinite, far too loud or subnormal

    return true;
}

/** Mostly 0..1; sometimes what a host should never send. */
float anyValue(juce::Random& random)
{
    constexpr auto infinite = std::numeric_limits<float>::infinity();
    constexpr float odd[] = {std::numeric_limits<float>::quiet_NaN(), infinite, -infinite, -1.0f,
                             2.0f};
    return random.nextInt(8) == 0 ? odd[random.nextInt(5)] : random.nextFloat();
}

juce::MidiBuffer anything(juce::Random& random, int frames)
{
    juce::MidiBuffer midi;

    for (int i = random.nextInt(6); i > 0 && frames > 0; --i)
    {
        const juce::uint8 bytes[] = {static_cast<juce::uint8>(0x80 + random.nextInt(0x70)),
                                     static_cast<juce::uint8>(random.nextInt(128)),
                                     static_cast<juce::uint8>(random.nextInt(128))};
        const auto size = juce::MidiMessage::getMessageLengthFromFirstByte(bytes[0]);
        midi.addEvent(bytes, size, random.nextInt(frames));
    }
    return midi;
}

bool survives(PluginProcessor& plugin, double rate, int block, juce::Random& random)
{
    auto good = true;
    plugin.setRateAndBufferSizeDetails(rate, block);
    plugin.prepareToPlay(rate, block);

    for (int turn = 0; turn < 60; ++turn)
    {
        for (auto* parameter : plugin.getParameters())
            if (random.nextInt(4) == 0)
                parameter->setValueNotifyingHost(anyValue(random));

        plugin.bank.publish(Place::current, plugin.parameters.wanted(), click());
        const auto frames = turn % 10 == 9 ? block * 2 : random.nextInt(block + 1);
        juce::AudioBuffer<float> audio(juce::jmax(2, plugin.getTotalNumInputChannels()), frames);
        audio.clear();
        auto midi = anything(random, frames);
        plugin.processBlock(audio, midi);
        good = good && isSound(audio);
        plugin.bank.collect();
    }
    plugin.reset();
    plugin.releaseResources();
    return good;
}

void fuzz(Checks& check)
{
    PluginProcessor plugin;
    juce::Random random(11);
    auto good = true;

    for (const auto rate : {8000.0, 22050.0, 44100.0, 48000.0, 96000.0, 192000.0, 384000.0})
        for (const auto block : {1, 16, 64, 127, 512, 4096})
            good = good && survives(plugin, rate, block, random);

    check.that(good, "random notes and parameters at all rates and block sizes stay finite");

    PluginProcessor unprepared;
    juce::AudioBuffer<float> audio(2, 256);
    audio.clear();
    auto midi = noteOn(60);
    unprepared.processBlock(audio, midi);
    check.that(isSound(audio), "a block before prepareToPlay is harmless");
}

bool accepts(const juce::AudioChannelSet& input, const juce::AudioChannelSet& output)
{
    PluginProcessor plugin;
    juce::AudioProcessor::BusesLayout layout;
    layout.inputBuses.add(input);
    layout.outputBuses.add(output);
    return plugin.setBusesLayout(layout);
}

void layouts(Checks& check)
{
    using Set = juce::AudioChannelSet;
    check.that(accepts(Set::disabled(), Set::stereo()), "stereo out");
    check.that(accepts(Set::stereo(), Set::stereo()), "stereo out, stereo side-chain");
    check.that(accepts(Set::mono(), Set::stereo()), "stereo out, mono side-chain");
    check.that(!accepts(Set::disabled(), Set::mono()), "mono out is refused");
    check.that(!accepts(Set::create5point1(), Set::stereo()), "5.1 side-chain is refused");
}

void sideChain(Checks& check)
{
    PluginProcessor plugin;
    plugin.enableAllBuses();
    plugin.capture.prepare(48000.0);
    juce::AudioBuffer<float> audio(2, 480);
    const juce::TemporaryFile file(".wav");
    plugin.capture.start();

    for (int block = 0; block < 100; ++block)
    {
        for (int n = 0; n < 480; ++n)
            audio.setSample(0, n, 0.25f), audio.setSample(1, n, -0.5f);

        juce::MidiBuffer none;
        plugin.processBlock(audio, none);
        plugin.capture.tick();
    }
    check.that(audio.getMagnitude(0, 480) == 0.0f, "the side-chain is not passed through");
    check.that(plugin.capture.stop(file.getFile()), "a recording is written");
    const auto sound = starling::readSoundFile(file.getFile(), {});
    check.that(sound && sound->frames() == 48000, "with all its frames");
    check.that(sound && sound->channel(0)[24000] == 0.25f && sound->channel(1)[24000] == -0.5f,
               "and both channels as they came");
    plugin.capture.start();
    check.that(!plugin.capture.stop(file.getFile()), "an empty recording is not written");
}
} // namespace

int checkHost(const Arguments&)
{
    Checks check;
    fuzz(check);
    layouts(check);
    sideChain(check);
    return check.exitCode();
}
} // namespace harness
