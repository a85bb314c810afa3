#include "Audio/Chips/Chips.h"

namespace starling
{
namespace
{
constexpr int songChannel = 16;      // of the song's notes: no controller moves them
constexpr double restSeconds = 0.25; // after which nothing is left in the chip's filters
constexpr float inaudible = 1e-15f;  // a fade would make subnormal numbers of what is below it
} // namespace

void Chips::prepare(double sampleRate)
{
    rate = sampleRate;
    registers.prepare(sampleRate);
    reset();
}

void Chips::reset() noexcept
{
    for (auto& voice : voices)
        voice.reset();

    registers.switchOff();
    song.stop();
    show();
}

void Chips::end() noexcept
{
    song.follow({});
    playSong();
    reset();
}

void Chips::begin(const ChipSettings& newSettings, bool isHeard) noexcept
{
    settings = newSettings;
    steps = EnvelopeSteps(settings.envelope, ChipVoice::ticks);

    if (!isHeard)
        song.stop();
}

void Chips::noteOn(int channel, int key, int velocity) noexcept
{
    if (const auto voice = settings.voiceOf(channel, key); voice >= 0)
        voices[static_cast<size_t>(voice)].press(channel, key, velocity / 127.0);
}

void Chips::noteOff(int channel, int key, bool pedal) noexcept
{
    for (auto& voice : voices) // the split may have moved meanwhile
        voice.lift(channel, key, pedal);
}

void Chips::release(int channel, bool keysToo, const HeldKeys& pedals) noexcept
{
    for (auto& voice : voices)
        voice.release(channel, keysToo, pedals);
}

void Chips::silence(int channel) noexcept
{
    for (auto& voice : voices)
        voice.silence(channel);
}

/*  From one event, tick or block of the chip to the next. */
void Chips::render(float* left, float* right, int frames, const ChannelsNow& now) noexcept
{
    for (int done = 0; done < frames;)
    {
        playSong();
        auto part = song.framesToNext(std::min(frames - done, ChipRegisters::block));
        part = tickVoices(part, now);
        renderPart(left + done, right + done, part);
        song.advance(part);
        done += part;
    }
    show();
}

void Chips::playSong() noexcept
{
    for (SongEvent event; song.next(event);)
    {
        auto& voice = voices[static_cast<size_t>(event.voice)];

        if (event.isChange)
            voice.change(songChannel, event.key, event.loudness(), event.timbre);
        else if (event.begins())
            voice.press(songChannel, event.key, event.loudness(), event.timbre);
        else
            voice.lift(songChannel, event.key, false);
    }
}

/** Set what is due now; answers how many frames, at most `frames`, until something is due again. */
int Chips::tickVoices(int frames, const ChannelsNow& now) noexcept
{
    auto until = static_cast<double>(frames);

    for (size_t n = 0; n < voices.size() && registers.isPrepared(); ++n)
    {
        auto& voice = voices[n];

        if (!voice.isActive())
            continue;

        if (!registers.isOn())
            registers.switchOn();

        if (voice.untilTick < 1.0)
        {
            const auto& note = voice.sounding();
            const auto isSong = note.channel == songChannel;
            voice.tick(registers, settings.voices[n], steps,
                       isSong ? now.tune : now.shiftOf(note.channel, note.key),
                       isSong ? 1.0 : now.levelOf(note.channel).gain());
            voice.untilTick += rate / ChipVoice::ticks;
        }
        until = std::min(until, std::floor(voice.untilTick));
    }
    return std::max(1, static_cast<int>(until));
}

void Chips::renderPart(float* left, float* right, int frames) noexcept
{
    for (auto& voice : voices)
        voice.untilTick -= frames;

    if (registers.log != nullptr)
        registers.log->now += frames;

    if (!registers.isOn())
        return;

    std::array<float, ChipRegisters::block> samples;
    registers.read(samples.data(), frames);

    for (int n = 0; n < frames; ++n)
        if (const auto sample = samples[static_cast<size_t>(n)]; std::abs(sample) > inaudible)
        {
            left[n] += sample;
            right[n] += sample;
        }

    silentFrames = sounding() > 0 ? 0 : silentFrames + frames;

    if (silentFrames > restSeconds * rate)
        registers.switchOff();
}

int Chips::sounding() const noexcept
{
    return static_cast<int>(std::count_if(voices.begin(), voices.end(),
                                          [](const auto& voice) { return voice.isActive(); }));
}

void Chips::show() noexcept
{
    for (size_t n = 0; n < voices.size(); ++n)
        shown[n] = voices[n].isActive() ? voices[n].sounding().key : -1;
}
} // namespace starling
