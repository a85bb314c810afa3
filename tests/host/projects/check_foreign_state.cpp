// Projects and files that are older, newer or damaged: what cannot be read changes nothing.
#include "projects/saved_project.h"
#include "projects/saved_sounds.h"

namespace harness
{
namespace
{
using starling::Place;
using starling::PluginProcessor;

void soundFiles(Checks& check)
{
    const juce::TemporaryFile file(".wav");
    const auto path = file.getFile();
    juce::AudioBuffer<float> audio(1, 1000);
    audio.clear();
    {
        std::unique_ptr<juce::AudioFormatWriter> writer(juce::WavAudioFormat().createWriterFor(
            path.createOutputStream().release(), 44100.0, 1, 24, {}, 0));
        writer->writeFromAudioSampleBuffer(audio, 0, 1000);
    }
    using Extent = starling::SoundExtent;
    check.that(starling::readSoundFile(path, {}, Extent{1000, 1, 44100.0}) != nullptr,
               "a sound file as the engine describes it");
    check.that(!starling::readSoundFile(path, {}, Extent{999, 1, 44100.0}) &&
                   !starling::readSoundFile(path, {}, Extent{1000, 2, 44100.0}) &&
                   !starling::readSoundFile(path, {}, Extent{1000, 1, 48000.0}),
               "another length, rate or number of channels is refused");
    juce::FileOutputStream cut(path);
    cut.setPosition(2000);
    cut.truncate();
    check.that(!starling::readSoundFile(path, {}, Extent{1000, 1, 44100.0}),
               "a file that was cut short is refused");
}

bool isRefused(const juce::MemoryBlock& bytes)
{
    PluginProcessor plugin;
    plugin.parameters.get("variation").setValueNotifyingHost(0.5f);
    const auto before = plugin.parameters.soundKey();
    plugin.setStateInformation(bytes.getData(), static_cast<int>(bytes.getSize()));
    return plugin.stateError().isNotEmpty() && plugin.parameters.soundKey() == before;
}

void badProjects(Checks& check)
{
    PluginProcessor plugin;
    juce::MemoryBlock good, newer, damaged, cut, random(1 << 20);
    plugin.getStateInformation(good);
    newer = damaged = good;
    newer[4] = 99;
    damaged[good.getSize() / 2] = static_cast<char>(damaged[good.getSize() / 2] ^ 1);
    cut.append(good.getData(), good.getSize() / 2);
    check.that(isRefused(newer), "a newer format is refused");
    check.that(isRefused(damaged), "a flipped bit is refused");
    check.that(isRefused(cut), "half a project is refused");
    check.that(isRefused({}), "no bytes are refused");

    auto refused = true;
    juce::Random noise(7);

    for (int i = 0; i < 3; ++i)
    {
        noise.fillBitsRandomly(random.getData(), random.getSize());
        refused = refused && isRefused(random);
    }
    check.that(refused, "three megabytes of noise are refused");
}

/** The same project as format 3 was: no texture, no prime, fewer parameters. */
juce::MemoryBlock asFormat3(const juce::MemoryBlock& bytes)
{
    auto tree = starling::readProject(bytes.getData(), bytes.getSize()).tree;

    for (int i = tree.getNumChildren(); --i >= 0;)
    {
        const auto child = tree.getChild(i);
        const auto index = starling::indexOf(child["name"].toString().toRawUTF8());

        if (child.hasType("texture") ||
            (child.hasType("parameter") && index >= starling::indexOf("texture")))
            tree.removeChild(i, nullptr);
    }
    juce::MemoryOutputStream old;
    tree.writeToStream(old);
    return projectOf(3, old.getMemoryBlock());
}

void olderProject(Checks& check)
{
    PluginProcessor saved, loaded;
    saved.models.merge({{"drums", "Drums", "hash", "[]", true}});
    saved.parameters.get("mode").setValueNotifyingHost(1.0f);
    saved.parameters.get("release").setValueNotifyingHost(0.75f);
    const auto soundKey = saved.parameters.soundKey();
    saved.bank.publish(Place::current, soundKey, noise(2, 4410, 1));
    saved.palette.keep(noise(1, 200, 4));
    juce::MemoryBlock bytes;
    saved.getStateInformation(bytes);
    bytes = asFormat3(bytes);
    loaded.parameters.get("texture").setValueNotifyingHost(1.0f); // of another project
    loaded.setStateInformation(bytes.getData(), static_cast<int>(bytes.getSize()));
    const auto settings = loaded.parameters.playerSettings();
    check.that(loaded.stateError().isEmpty(), "a project of format 3 loads");
    check.that(settings.fresh && !settings.texture &&
                   loaded.parameters.normalised(starling::indexOf("release")) == 0.75f &&
                   loaded.parameters.soundKey() == soundKey,
               "it plays as it did");
    check.that(loaded.bank.held().size() == 1 &&
                   same(*loaded.bank.held()[0].sound, *noise(2, 4410, 1)) &&
                   loaded.palette.contents().kept.size() == 1 &&
                   loaded.palette.contents().prime == nullptr,
               "with its sounds");
}
} // namespace

void checkForeignState(Checks& check)
{
    soundFiles(check);
    badProjects(check);
    olderProject(check);
}
} // namespace harness
