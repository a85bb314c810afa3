// What a note asks for and which sound it plays: the current one, a key's own, a preset's zone, or
// a guest. Audio thread only.
#include "Player.h"

namespace starling
{
int Player::stepOf(int note) const noexcept
{
    return roundRobinSteps[static_cast<size_t>(note)] % juce::jmax(1, settings.roundRobin);
}

bool Player::playsZones(const PlayerSettings& now) const noexcept
{
    const auto* current = bank.at(now.wanted);
    return !now.fresh && now.tracking && current != nullptr && current->preset != 0;
}

/** The note that a key stands for among a preset's zones: the root key plays the middle one. */
int Player::pitchOf(int note, const PlayerSettings& now) const noexcept
{
    return juce::jlimit(0, 127, note - now.root + bank.at(now.wanted)->sound->info.root);
}

/** What a note asks for: in Play mode the current sound, or the zone of its key. */
Wanted Player::wish(int note, int step, const PlayerSettings& now) const noexcept
{
    if (now.fresh)
        return now.wanted.forKey(note, step);

    if (!playsZones(now) || !bank.holds(now.wanted))
        return now.wanted;

    const auto* middle = bank.at(now.wanted);
    const auto root = middle->sound->info.root;
    const auto zone = PresetOnKeys::zoneOf(pitchOf(note, now), root);
    return zone == root ? now.wanted : Wanted::zone(middle->preset, zone);
}

/** What sounds for a wish right now, which may not be it, and by how much it is shifted. Null when
    nothing is there yet. */
Delivery* Player::soundFor(const Wanted& wanted, NoteStart& start) const noexcept
{
    if (auto* guest = bank.at(Wanted::guest()); guest != nullptr && settings.guests)
    {
        start.shift = settings.tracking ? start.note - guest->sound->info.root : 0;
        return guest;
    }

    if (!playsZones(settings))
        return bank.at(wanted); // perhaps the old one, until the new one is there

    const auto pitch = pitchOf(start.note, settings);
    auto* zone = bank.zoneNear(pitch);
    start.shift = pitch - zone->sound->info.root;
    return zone;
}

int Player::wishes(const juce::MidiBuffer& midi, const PlayerSettings& newSettings, Wanted* out,
                   int size) const noexcept
{
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
            out[count++] = wish(static_cast<int>(note), step, newSettings);
    }
    return count;
}
} // namespace starling
