#include "Audio/Textures/TextureVoices.h"

#include "Audio/Playing/HeldVoices.h"

namespace starling
{
void TextureVoices::start(const NoteStart& note, int seed, double rate, bool isBounce) noexcept
{
    if (sounding() >= maxVoices)
        stealOldest(rate);

    giveBackStopped();

    for (size_t i = 0; i < voices.size(); ++i)
    {
        if (voices[i].isActive() || hasFeed[i] || feeds[i].isTaken.load(std::memory_order_acquire))
            continue;

        auto numbered = note;
        numbered.order = ++notes;
        feeds[i].clear(isBounce);
        feeds[i].isTaken = true;
        hasFeed[i] = true;
        newest = static_cast<int>(i);
        voices[i].start(feeds[i], numbered);
        requests.push({static_cast<int>(i), true, seed});
        return;
    }
}

void TextureVoices::noteOff(int channel, int note, bool pedal) noexcept
{
    liftKey(voices, channel, note, pedal);
}

void TextureVoices::release(int channel, bool keysToo, const HeldKeys& pedals) noexcept
{
    releaseVoices(voices, channel, keysToo, pedals);
}

void TextureVoices::silence(int channel, double rate) noexcept
{
    silenceVoices(voices, channel, rate);
}

void TextureVoices::reset() noexcept
{
    for (auto& voice : voices)
        voice.stop();

    giveBackStopped();
}

void TextureVoices::render(float* left, float* right, int frames, const ChannelsNow& now,
                           const VoiceSettings& settings, const Interpolator& interpolator) noexcept
{
    for (auto& voice : voices)
        if (voice.isActive())
        {
            const auto channel = voice.info().channel;
            const auto shift = now.shiftOf(channel, voice.info().note);
            const auto render = [&](float* l, float* r)
            {
                if (voice.render(l, r, frames, shift, settings, interpolator))
                    ++display.gaps;
            };
            now.levelOf(channel).mix(left, right, frames, render);
        }

    giveBackStopped();
    const auto last = newest.load();
    display.voices = sounding();
    display.ahead = last < 0 ? 0.0f : voices[static_cast<size_t>(last)].ahead();
}

bool TextureVoices::areReadyFor(int frames, const ChannelsNow& now, double rate) noexcept
{
    auto ready = true;

    for (auto& voice : voices)
        if (voice.isActive() &&
            !voice.isReadyFor(frames, now.shiftOf(voice.info().channel, voice.info().note), rate))
            ready = false; // the others still say what they need

    return ready;
}

void TextureVoices::giveUpWaiting(int frames, const ChannelsNow& now, double rate) noexcept
{
    for (auto& voice : voices)
        if (voice.isActive() &&
            !voice.isReadyFor(frames, now.shiftOf(voice.info().channel, voice.info().note), rate))
            voice.stop();

    giveBackStopped();
}

void TextureVoices::setBounce(bool isBounce) noexcept
{
    for (auto& feed : feeds)
        if ((feed.wanted.load() >= 0) != isBounce)
            feed.wanted = isBounce ? 0 : -1;
}

bool TextureVoices::isActive() const noexcept
{
    return std::any_of(voices.begin(), voices.end(), [](auto& voice) { return voice.isActive(); });
}

bool TextureVoices::sounds(int index) const noexcept
{
    const auto& voice = voices[static_cast<size_t>(index)];
    return voice.isActive() && !voice.isFading();
}

int TextureVoices::sounding() const noexcept
{
    int count = 0;

    for (int i = 0; i < feedCount; ++i)
        count += sounds(i) ? 1 : 0;

    return count;
}

void TextureVoices::stealOldest(double rate) noexcept
{
    TextureVoice* oldest = nullptr;

    for (int i = 0; i < feedCount; ++i)
        if (auto& voice = voices[static_cast<size_t>(i)];
            sounds(i) && (oldest == nullptr || voice.info().order < oldest->info().order))
            oldest = &voice;

    if (oldest != nullptr)
        oldest->fadeAway(rate);
}

/** The worker frees the feed once it has read this. */
void TextureVoices::giveBackStopped() noexcept
{
    for (size_t i = 0; i < voices.size(); ++i)
        if (hasFeed[i] && !voices[i].isActive())
        {
            hasFeed[i] = false;
            requests.push({static_cast<int>(i), false, 0});
        }
}
} // namespace starling
