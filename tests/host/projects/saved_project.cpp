#include "projects/saved_project.h"

#include "projects/saved_sounds.h"

namespace harness
{
using starling::Place;
using starling::PluginProcessor;

void fillProject(PluginProcessor& plugin)
{
    const auto* controls = R"([{"name":"pitch","title":"Pitch","min":-12,"max":12,"default":0}])";
    plugin.models.merge({{"drums", "Drums", "hash", controls, true}});
    plugin.textures.merge({{"rain", "Rain", "hash", "[]", true}});
    plugin.parameters.get("attack").setValueNotifyingHost(0.3f);
    const auto soundKey = plugin.parameters.soundKey();
    const auto number =
        plugin.bank.publishPreset({0, 7, "Brass", "amsynth"}, soundKey, noise(2, 60, 1));
    plugin.bank.publish(Place::zone, starling::SoundKey::zone(number, 64), noise(1, 60, 2));
    plugin.bank.publish(Place::key, soundKey.forKey(38, 3), noise(1, 60, 3));
    plugin.palette.keep(noise(1, 60, 4));
    plugin.palette.change(
        [](auto& contents)
        {
            contents.first = noise(1, 60, 5);
            contents.second = noise(1, 60, 6);
            contents.prime = noise(1, 60, 7);
            contents.grid = {"{\"seed\":8}", 0.25f, 9};
            contents.morph = {0.125f, 0.75f};
            contents.isSeedLocked = true;
        });
    const auto song = starling::readSong(midiOf(4, true), "Song").song;
    plugin.player.chips.song.restore(starling::placed(*song, 8.0, 1.0));
    plugin.choices.change(
        [](auto& contents)
        {
            contents.model = "composer";
            contents.bars = 16;
            contents.values = {0.5f, 0.75f, 1.25f};
            contents.prompt = {"played", std::make_shared<const juce::MemoryBlock>(midiOf(2, true)),
                               4.0};
        });
}

juce::MemoryBlock savedBytes(PluginProcessor& plugin)
{
    juce::MemoryBlock bytes;
    plugin.getStateInformation(bytes);
    return bytes;
}

bool opens(PluginProcessor& plugin, const juce::MemoryBlock& project)
{
    plugin.setStateInformation(project.getData(), static_cast<int>(project.getSize()));
    plugin.player.takeIn();
    plugin.bank.collect();
    return plugin.stateError().isEmpty();
}

juce::MemoryBlock projectOf(int format, const juce::MemoryBlock& payload)
{
    juce::MemoryOutputStream out;
    starling::writeHeader(format, payload, out);
    return out.getMemoryBlock();
}

juce::MemoryBlock oldPayload(const juce::MemoryBlock& project)
{
    juce::MemoryOutputStream old;
    starling::readProject(project.getData(), project.getSize()).tree.writeToStream(old);
    return old.getMemoryBlock();
}

juce::MemoryBlock midiOf(int notes, bool hasEnds)
{
    juce::MemoryOutputStream track;
    track.writeByte(0);
    track.writeByte(static_cast<char>(0x90));

    for (int n = 0; n < notes; ++n) // running status; velocity 0 is an end
    {
        const char events[] = {static_cast<char>(40 + n % 40), 100, 1,
                               static_cast<char>(40 + n % 40), 0,   1};
        track.write(events, hasEnds ? 6 : 3);
    }
    const char end[] = {static_cast<char>(0xff), 0x2f, 0};
    track.write(end, sizeof end);
    juce::MemoryOutputStream out;
    out.write("MThd\0\0\0\6\0\0\0\1\0\x60MTrk", 18);
    out.writeIntBigEndian(static_cast<int>(track.getDataSize()));
    out << track.getMemoryBlock();
    return out.getMemoryBlock();
}
} // namespace harness
