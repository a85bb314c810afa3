#include "Audio/Playing/Player.h"

#include "Audio/Playing/HeldVoices.h"

namespace starling
{
void Player::prepare(double sampleRate)
{
    rate = sampleRate;
    chips.prepare(sampleRate);
    reset();
}

void Player::reset() noexcept
{
    for (auto& voice : voices)
        voice.stop();

    textures.reset();
    chips.reset();
    pending.fill({});
    channels.fill({});
    resetRoundRobin();
    display.keysDown[0] = display.keysDown[1] = 0;
    showVoices();
}

void Player::render(juce::AudioBuffer<float>& audio, const juce::MidiBuffer& midi,
                    const PlayerSettings& newSettings) noexcept
{
    settings = newSettings;
    voiceSettings = {EnvelopeSteps(settings.envelope, rate), rate};
    textures.setBounce(settings.isBounce);
    chips.begin(settings.chips, settings.chip);

    takeIn();
    startPending();
    auto* left = audio.getWritePointer(0);
    auto* right = audio.getWritePointer(1);
    const auto frames = audio.getNumSamples();
    int done = 0;

    for (const auto event : midi)
    {
        const auto until = juce::jlimit(done, frames, event.samplePosition);
        renderVoices(left + done, right + done, until - done);
        done = until;
        handle(event.data, event.numBytes);
    }
    renderVoices(left + done, right + done, frames - done);
    showVoices();
}

void Player::takeIn() noexcept
{
    if (auto* preview = bank.takeIn())
        startPreview(*preview);
}

void Player::renderVoices(float* left, float* right, int frames) noexcept
{
    if (frames <= 0)
        return;

    for (auto& voice : voices)
        if (voice.isActive())
        {
            const auto bend = channels[static_cast<size_t>(voice.info().channel)].bend;
            voice.render(left, right, frames, settings.tune + bend, voiceSettings, interpolator);
        }

    const auto shifted = shifts(settings.tune);
    textures.render(left, right, frames, shifted, voiceSettings, interpolator);
    chips.render(left, right, frames, shifted, settings.tune);
    agePending(frames);
}

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
    case 0xb0:
        return controller(channel, first, second);
    case 0xe0:
        channels[static_cast<size_t>(channel)].bend =
            ((second << 7 | first) - 8192) / 8192.0 * bendRange;
        return;
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
    const auto pedal = channels[static_cast<size_t>(channel)].pedal;
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

void Player::controller(int channel, int number, int value) noexcept
{
    switch (number)
    {
    case 64: // sustain pedal
        channels[static_cast<size_t>(channel)].pedal = value >= 64;
        return value >= 64 ? void() : releaseChannel(channel, false);
    case 120: // all sound off
        return silenceChannel(channel);
    case 121: // reset all controllers
        channels[static_cast<size_t>(channel)] = {};
        return releaseChannel(channel, false);
    case 123: // all notes off
        return releaseChannel(channel, true);
    default:
        return;
    }
}

void Player::releaseChannel(int channel, bool keysToo) noexcept
{
    if (keysToo)
        display.keysDown[0] = display.keysDown[1] = 0;

    textures.release(channel, keysToo);
    chips.release(channel, keysToo);
    releaseVoices(voices, channel, keysToo);

    for (auto& each : pending)
        if (each.used && each.down && each.note.channel == channel && (keysToo || each.heldFor > 0))
        {
            each.down = false;
            each.heldFor = juce::jmax(each.heldFor, 1);
        }
}

void Player::silenceChannel(int channel) noexcept
{
    display.keysDown[0] = display.keysDown[1] = 0;
    textures.silence(channel, rate);
    chips.silence(channel);
    silenceVoices(voices, channel, rate);

    for (auto& each : pending)
        if (each.note.channel == channel)
            each.used = false;
}

void Player::startPreview(Delivery& delivery) noexcept
{
    if (delivery.sound != nullptr)
    {
        NoteStart start;
        start.note = -1; // no key stops it
        start.gain = 1.0f;
        voices.start(delivery, bank, start, rate);
    }
    bank.release(delivery);
}

void Player::startPending() noexcept
{
    for (auto& each : pending)
    {
        auto* delivery = each.used ? bank.at(each.soundKey) : nullptr;

        if (delivery == nullptr)
            continue;

        each.note.releaseAfter = each.down ? -1 : each.heldFor;
        each.used = false;
        voices.start(*delivery, bank, each.note, rate);
    }
}

void Player::agePending(int frames) noexcept
{
    const auto patience = static_cast<int>(patienceSeconds * rate);

    for (auto& each : pending)
    {
        each.age += each.used ? frames : 0;

        if (each.used && ((!each.down && each.age > patience) || bank.failed(each.soundKey)))
            each.used = false;
    }
}

void Player::showKey(int note, bool down) noexcept
{
    auto& word = display.keysDown[static_cast<size_t>(note / 64)];
    const auto bit = juce::uint64{1} << (note % 64);
    word = down ? word | bit : word & ~bit;
}

void Player::showVoices() noexcept
{
    const auto* newest = voices.newest();
    display.voices = voices.sounding() + textures.display.voices.load() + chips.sounding();
    display.progress = newest == nullptr ? -1.0f : newest->progress();

    if (newest != nullptr)
    {
        display.key = newest->plays().key;
        display.step = newest->plays().step;
    }
}
} // namespace starling
