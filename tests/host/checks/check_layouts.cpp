// Which channels a host may give the plugin, and what comes out of one.
#include "harness/harness.h"

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
    check.that(accepts(Set::disabled(), Set::mono()), "mono out");
    check.that(accepts(Set::mono(), Set::mono()), "mono out, mono side-chain");
    check.that(!accepts(Set::disabled(), Set::create5point1()), "5.1 out is refused");
    check.that(!accepts(Set::create5point1(), Set::stereo()), "5.1 side-chain is refused");
}

/** Play one note in blocks of a host that announced 128 frames; answers the output's channels. */
juce::AudioBuffer<float> played(const juce::AudioChannelSet& output, int frames)
{
    PluginProcessor plugin;
    juce::AudioProcessor::BusesLayout layout;
    layout.inputBuses.add(juce::AudioChannelSet::disabled());
    layout.outputBuses.add(output);
    plugin.setBusesLayout(layout);
    plugin.setRateAndBufferSizeDetails(44100.0, 128);
    plugin.prepareToPlay(44100.0, 128);
    plugin.bank.publish(Place::current, plugin.parameters.soundKey(), click());
    juce::AudioBuffer<float> audio(output.size(), frames);
    audio.clear();
    auto midi = noteOn(60);
    plugin.processBlock(audio, midi);
    return audio;
}

void mono(Checks& check)
{
    const auto both = played(juce::AudioChannelSet::stereo(), 128);
    const auto one = played(juce::AudioChannelSet::mono(), 128);
    auto same = one.getNumChannels() == 1 && both.getMagnitude(0, 128) > 0.5f;

    for (int n = 0; n < 128; ++n)
        same = same && std::abs(one.getSample(0, n) -
                                0.5f * (both.getSample(0, n) + both.getSample(1, n))) < 1e-6f;

    check.that(same, "a mono output is the mean of both sides");
    const auto longer = played(juce::AudioChannelSet::mono(), 4096);
    check.that(longer.getMagnitude(0, 128) > 0.4f && longer.getMagnitude(128, 3968) == 0.0f,
               "a mono block longer than announced ends in silence");
}
} // namespace

void checkLayouts(Checks& check)
{
    layouts(check);
    mono(check);
}
} // namespace harness
