#include "Audio/Playing/Player.h"

namespace starling
{
void Player::prepare(double sampleRate)
{
    rate = sampleRate;
    chips.prepare(sampleRate);
    channels.prepare(sampleRate);
    reset();
}

void Player::reset() noexcept
{
    for (auto& voice : voices)
        voice.stop();

    textures.reset();
    chips.reset();
    pending.fill({});
    channels.reset();
    rewind();
    display.keysDown[0] = display.keysDown[1] = 0;
    showVoices();
}

void Player::rewind() noexcept
{
    roundRobinSteps.fill(0);
    channels.rewind();
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

/*  In pieces over which no note's pitch changes, short ones where a channel is not at its full
    level. */
void Player::renderVoices(float* left, float* right, int frames) noexcept
{
    for (int done = 0; done < frames;)
    {
        const auto part = channels.framesToNext(frames - done);
        renderPart(left + done, right + done, part);
        channels.advance(part);
        done += part;
    }

    if (frames > 0)
        agePending(frames);
}

void Player::renderPart(float* left, float* right, int frames) noexcept
{
    const auto now = channels.now(settings.tune);

    for (auto& voice : voices)
        if (voice.isActive())
        {
            const auto channel = voice.info().channel;
            const auto shift = now.shiftOf(channel, voice.info().note);
            const auto render = [&](float* l, float* r)
            { voice.render(l, r, frames, shift, voiceSettings, interpolator); };
            now.levelOf(channel).mix(left, right, frames, render);
        }

    textures.render(left, right, frames, now, voiceSettings, interpolator);
    chips.render(left, right, frames, now);
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
