// What MIDI messages do to notes. Audio thread only.
#include "Audio/Playing/HeldVoices.h"
#include "Audio/Playing/Player.h"

namespace starling
{
void Player::handle(const juce::uint8* data, int size) noexcept
{
    if (size < 2)
        return;

    const auto channel = data[0] & 0x0f;
    const auto first = data[1] & 0x7f;
    const auto second = size > 2 ? data[2] & 0x7f : 0;

    switch (data[0] & 0xf0)
    {
    case 0x80:
        return noteOff(channel, first);
    case 0x90:
        return second > 0 ? noteOn(channel, first, second) : noteOff(channel, first);
    case 0xa0:
        return channels.control(channel, midi::keyPressure + first, second);
    case 0xb0:
        return controller(channel, first, second);
    case 0xd0:
        return channels.control(channel, midi::pressure, first);
    case 0xe0:
        return channels.control(channel, midi::bend, (second << 7 | first) - midi::half);
    default:
        return;
    }
}

void Player::noteOn(int channel, int note, int velocity) noexcept
{
    for (auto& voice : voices) // the same key again: its old note goes into release
        if (voice.isActive() && voice.info().channel == channel && voice.info().note == note)
            voice.noteOff();

    textures.noteOff(channel, note, false);
    channels.press(channel, note);
    velocity = channels.softened(channel, velocity);

    if (settings.chip)
    {
        showKey(note, true);
        return chips.noteOn(channel, note, velocity);
    }

    const auto step = stepOf(note);
    const auto soundKey = keyFor(note, step, settings);
    ++roundRobinSteps[static_cast<size_t>(note)];
    const auto loudness = static_cast<float>(velocity) / 127.0f;
    const auto shifted = settings.tracking && !(settings.fresh && settings.keyed);
    NoteStart start;
    start.channel = channel;
    start.note = note;
    start.gain = loudness * loudness; // 64 is 12 dB below 127
    start.shift = shifted ? note - settings.root : 0.0;
    start.from = settings.start;
    start.length = settings.length;
    showKey(note, true);

    if (settings.texture)
        return startTexture(start, step);

    if (settings.fresh || soundKey.preset != 0 || !bank.holds(soundKey))
        requests.push(soundKey); // also shows the worker which keys are in use, to prefetch theirs

    if (auto* delivery = soundFor(soundKey, start))
        return voices.start(*delivery, bank, start, rate);

    for (auto& each : pending)
        if (!each.used)
        {
            each = {true, true, soundKey, start, 0, 0};
            return;
        }
}

void Player::noteOff(int channel, int note) noexcept
{
    showKey(note, false);
    channels.lift(channel, note);
    const auto pedal = channels.held(channel).has(note);
    textures.noteOff(channel, note, pedal);
    chips.noteOff(channel, note, pedal);

    for (auto& each : pending)
        if (each.used && each.down && each.note.channel == channel && each.note.note == note)
        {
            each.down = pedal;
            each.heldFor = each.age;
        }

    liftKey(voices, channel, note, pedal);
}

/*  The master of an MPE zone speaks for its members too. */
void Player::controller(int channel, int number, int value) noexcept
{
    obey(channel, number, value);

    if (Channels::reachesMembers(number))
        for (int member = 0; member < Channels::count; ++member)
            if (member != channel && channels.masterOf(member) == channel)
                obey(member, number, value);
}

/** Keep a control change, and do what it does to the notes. */
void Player::obey(int channel, int number, int value) noexcept
{
    channels.control(channel, number, value);

    switch (number)
    {
    case midi::sustain:
    case midi::sostenuto:
        return value >= midi::pedalDown ? void() : releaseChannel(channel, false);
    case midi::reset:
        return releaseChannel(channel, false);
    case midi::soundOff:
        return silenceChannel(channel);
    case midi::notesOff:
        return releaseChannel(channel, true);
    default:
        return number >= midi::firstMode ? releaseChannel(channel, true) : void();
    }
}

/** Let go of what no pedal holds any more; `keysToo`: of keys that are down as well. */
void Player::releaseChannel(int channel, bool keysToo) noexcept
{
    const auto& pedals = channels.held(channel);
    textures.release(channel, keysToo, pedals);
    chips.release(channel, keysToo, pedals);
    releaseVoices(voices, channel, keysToo, pedals);

    for (auto& each : pending)
        if (each.used && each.down && each.note.channel == channel && (keysToo || each.heldFor > 0))
        {
            each.heldFor = juce::jmax(each.heldFor, 1);
            each.down = pedals.has(each.note.note);
        }

    if (keysToo)
        liftKeys(channel);
}

void Player::liftKeys(int channel) noexcept
{
    channels.liftAll(channel);
    display.keysDown[0] = display.keysDown[1] = 0;
}

void Player::silenceChannel(int channel) noexcept
{
    liftKeys(channel);
    textures.silence(channel, rate);
    chips.silence(channel);
    silenceVoices(voices, channel, rate);

    for (auto& each : pending)
        if (each.note.channel == channel)
            each.used = false;
}

void Player::showKey(int note, bool down) noexcept
{
    auto& word = display.keysDown[static_cast<size_t>(note / 64)];
    const auto bit = juce::uint64{1} << (note % 64);
    word = down ? word | bit : word & ~bit;
}
} // namespace starling
