// Which sound a note needs and which one it plays: the current one, a key's own, a preset's zone,
// or a temporary one. Audio thread only.
#include "Audio/Playing/Player.h"

namespace starling
{
int Player::stepOf(int note) const noexcept
{
    return roundRobinSteps[static_cast<size_t>(note)] % juce::jmax(1, settings.roundRobin);
}

bool Player::playsZones(const PlayerSettings& now) const noexcept
{
    const auto* current = bank.at(now.soundKey);
    return !now.fresh && now.tracking && current != nullptr && current->preset != 0;
}

/** The note that a key stands for among a preset's zones: the root key plays the middle one. */
int Player::pitchOf(int note, const PlayerSettings& now) const noexcept
{
    return juce::jlimit(0, 127, note - now.root + bank.at(now.soundKey)->sound->info.root);
}

/** What a note needs: in Play mode the current sound, or the zone of its key. */
SoundKey Player::keyFor(int note, int step, const PlayerSettings& now) const noexcept
{
    if (now.fresh)
        return now.soundKey.forKey(note, step);

    if (!playsZones(now) || !bank.holds(now.soundKey))
        return now.soundKey;

    const auto* middle = bank.at(now.soundKey);
    const auto root = middle->sound->info.root;
    const auto zone = PresetOnKeys::zoneOf(pitchOf(note, now), root);
    return zone == root ? now.soundKey : SoundKey::zone(middle->preset, zone);
}

/** What plays for this key right now, which may be another sound, and by how much it is shifted.
    Null when nothing is there yet. Where no engine will make the sound of a key of Fresh mode, Play
    mode's stands in: a project that was saved beside an engine has that one, also when no key was
    ever played. */
Delivery* Player::soundFor(const SoundKey& soundKey, NoteStart& start) const noexcept
{
    if (auto* temporary = bank.at(SoundKey::temporary());
        temporary != nullptr && settings.playsTemporary)
    {
        start.shift = settings.tracking ? start.note - temporary->sound->info.root : 0;
        return temporary;
    }

    if (settings.fresh && !settings.hasEngine && bank.at(soundKey) == nullptr)
        return bank.at(settings.soundKey);

    if (!playsZones(settings))
        return bank.at(soundKey); // perhaps the old one, until the new one is there

    const auto pitch = pitchOf(start.note, settings);
    auto* zone = bank.zoneNear(pitch);
    start.shift = pitch - zone->sound->info.root;
    return zone;
}

int Player::keysOf(const juce::MidiBuffer& midi, const PlayerSettings& newSettings, SoundKey* out,
                   int size) const noexcept
{
    if (newSettings.texture || newSettings.chip)
        return 0;

    int count = 0;
    std::array<int, SoundBank::keys> seen{};

    for (const auto event : midi)
    {
        if (event.numBytes < 3 || (event.data[0] & 0xf0) != 0x90 || event.data[2] == 0)
            continue;

        const auto note = static_cast<size_t>(event.data[1] & 0x7f);
        const auto step =
            (roundRobinSteps[note] + seen[note]++) % juce::jmax(1, newSettings.roundRobin);

        if (count < size)
            out[count++] = keyFor(static_cast<int>(note), step, newSettings);
    }
    return count;
}
} // namespace starling
