// What hosts may do to a plugin: any rate, any block, any parameter, any layout, no preparation.
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

        plugin.bank.publish(Place::current, plugin.parameters.soundKey(), click());
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

/** What was played is not lost with the engine: it lies in a file that the sentence names. */
void recordingWithoutEngine(Checks& check)
{
    Host host;
    auto& engine = host.plugin.engine;
    engine.post([&] { engine.startCapture(); });
    host.waitUntil([&] { return host.plugin.capture.isRecording(); }, 5.0);

    for (int block = 0; block < 100; ++block)
    {
        for (int n = 0; n < Host::block; ++n)
            host.audio.setSample(0, n, 0.25f);

        host.process();
        host.pace();
    }
    engine.post([&] { engine.stopCapture({}); });
    const auto message = [&] { return engine.view().search.message; };
    host.waitUntil([&] { return message().contains("is kept"); }, 5.0);
    const juce::File kept(message().fromLastOccurrenceOf(": ", false, false));
    const auto sound = starling::readSoundFile(kept, {});
    check.that(sound && sound->frames() > 0, "a recording without an engine is kept in a file");
    kept.deleteFile();
}

juce::MidiBuffer with(std::initializer_list<juce::MidiMessage> messages, int frame = 0)
{
    juce::MidiBuffer midi;

    for (const auto& message : messages)
        midi.addEvent(message, frame);

    return midi;
}

void emptyBlocks(Checks& check)
{
    PluginProcessor plugin;
    plugin.prepareToPlay(48000.0, 128);
    plugin.parameters.get("release").setValueNotifyingHost(0.0f);
    plugin.bank.publish(Place::current, plugin.parameters.soundKey(), click());
    juce::AudioBuffer<float> nothing(2, 0), audio(2, 128);
    const std::vector<juce::uint8> bytes(100000, 1);
    auto on = with({juce::MidiMessage::createSysExMessage(bytes.data(), 100000),
                    juce::MidiMessage::noteOn(1, 60, juce::uint8{127})});
    plugin.processBlock(nothing, on);
    juce::MidiBuffer none;
    plugin.processBlock(audio, none);
    check.that(audio.getMagnitude(0, 128) > 0.5f, "a note in a block of no frames sounds");
    auto off = with({juce::MidiMessage::noteOff(1, 60)});
    plugin.processBlock(nothing, off);

    for (int block = 0; block < 8; ++block) // the shortest release; the sound itself is longer
        plugin.processBlock(audio, none);

    check.that(plugin.player.display.voices == 0, "and ends in one");
    auto late = with({juce::MidiMessage::noteOn(1, 60, juce::uint8{127})}, 128);
    plugin.processBlock(audio, late);
    plugin.processBlock(audio, none);
    check.that(plugin.player.display.voices == 1, "an event at the block's end is not lost");
}

void bypass(Checks& check)
{
    PluginProcessor plugin;
    plugin.enableAllBuses();
    plugin.prepareToPlay(48000.0, 128);
    plugin.bank.publish(Place::current, plugin.parameters.soundKey(), click());
    juce::AudioBuffer<float> audio(juce::jmax(2, plugin.getTotalNumInputChannels()), 128);
    audio.clear();
    auto on = noteOn(60);
    plugin.processBlock(audio, on);
    check.that(plugin.player.display.voices == 1, "a note sounds before the bypass");
    audio.setSample(0, 5, 1.0f);
    juce::MidiBuffer none;
    plugin.playKey(62, 100);
    plugin.processBlockBypassed(audio, none);
    check.that(audio.getMagnitude(0, 128) == 0.0f, "bypassed: silence, not the side-chain");
    plugin.processBlock(audio, none);
    check.that(audio.getMagnitude(0, 128) == 0.0f, "and nothing goes on after it");
}

/** The formats' wrappers set an automated value without a call to its listeners, which would lock.
 */
void automation(Checks& check)
{
    PluginProcessor plugin;
    auto& parameters = plugin.parameters;
    const auto index = starling::indexOf("attack");
    check.that(!parameters.isTouched(index) && !parameters.takeAutomation(),
               "a new parameter is untouched");
    parameters.get(index).setValue(0.5f);
    check.that(parameters.isTouched(index), "an automated one is touched at once");
    check.that(!parameters.isTouched(index + 1), "its neighbour is not");
    check.that(parameters.takeAutomation() && !parameters.takeAutomation(),
               "the editor sees the change, once");
    check.that(parameters.isTouched(index), "and it stays touched");
    parameters.setQuietly(index + 1, 0.25f);
    check.that(!parameters.isTouched(index + 1) && !parameters.takeAutomation(),
               "what the plugin sets itself is no automation");
}
} // namespace

int checkHost(const Arguments&)
{
    Checks check;
    fuzz(check);
    checkLayouts(check);
    sideChain(check);
    recordingWithoutEngine(check);
    emptyBlocks(check);
    bypass(check);
    automation(check);
    return check.exitCode();
}
} // namespace harness
