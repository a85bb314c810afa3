// Textures: the ring between two threads, and voices whose rings fill late, run dry, are stolen.
// The harness fills the rings as the worker does.
#include "harness/harness.h"

#include <thread>

namespace harness
{
namespace
{
using starling::Player;
using starling::PlayerSettings;
using starling::SampleRing;
using starling::SoundBank;
using starling::TextureFeed;
using starling::TextureRequest;
using starling::TextureVoices;

constexpr double rate = 48000.0, textureRate = 16000.0;
constexpr double pi = juce::MathConstants<double>::pi;
constexpr float amplitude = 0.5f;

/** A player of textures that are sines of 200 Hz. The harness is its worker. */
struct Bench
{
    SoundBank bank;
    Player player{bank};
    PlayerSettings settings;
    std::vector<float> heard;
    int starts = 0, stops = 0;

    Bench()
    {
        settings.texture = true;
        player.prepare(rate);
    }

    /** Render; the notes that come of it are answered at once. */
    void render(int frames, const juce::MidiBuffer& midi = {}, bool frees = true)
    {
        juce::AudioBuffer<float> audio(2, frames);
        audio.clear();
        player.render(audio, midi, settings);
        heard.insert(heard.end(), audio.getReadPointer(0), audio.getReadPointer(0) + frames);

        for (TextureRequest request; player.textures.requests.pop(request);)
        {
            auto& feed = player.textures.feeds[static_cast<size_t>(request.feed)];
            (request.starts ? starts : stops) += 1;

            if (request.starts)
                feed.rate = textureRate;
            else
                feed.isTaken = !frees;
        }
    }

    void fill(int frames, int feedIndex = 0)
    {
        auto& ring = player.textures.feeds[static_cast<size_t>(feedIndex)].ring;
        std::vector<float> tone;

        for (int n = 0; n < juce::jmin(frames, ring.space()); ++n)
            tone.push_back(amplitude * static_cast<float>(std::sin(
                                           2.0 * pi * 200.0 *
                                           static_cast<double>(ring.written() + n) / textureRate)));

        ring.write(tone.data(), static_cast<int>(tone.size()));
    }

    /** Everything that plays is filled for the next block. */
    void fillAll(int frames)
    {
        for (int i = 0; i < TextureVoices::feedCount; ++i)
            if (player.textures.feeds[static_cast<size_t>(i)].isTaken)
                fill(frames, i);
    }

    float largestStep(size_t from = 1) const
    {
        auto step = 0.0f;

        for (auto n = juce::jmax<size_t>(1, from); n < heard.size(); ++n)
            step = juce::jmax(step, std::abs(heard[n] - heard[n - 1]));

        return step;
    }

    float peak(size_t from, size_t to) const
    {
        auto result = 0.0f;

        for (auto n = from; n < juce::jmin(to, heard.size()); ++n)
            result = juce::jmax(result, std::abs(heard[n]));

        return result;
    }
};

/** The largest step of a sine of 200 Hz itself, and of a fade of 5 ms on top. */
const float smoothStep = amplitude * static_cast<float>(2.0 * pi * 200.0 / rate + 1.0 / 240.0);

void ring(Checks& check)
{
    SampleRing ring;
    constexpr int frames = 2000000; // many times around
    std::atomic<bool> isRight{true};
    std::thread writer(
        [&]
        {
            std::vector<float> block;

            for (int sent = 0; sent < frames;)
            {
                const auto size = juce::jmin(ring.space(), juce::jmin(5000, frames - sent));
                block.clear();

                for (int n = 0; n < size; ++n)
                    block.push_back(static_cast<float>((sent + n) % 65536));

                ring.write(block.data(), size);
                sent += size;
            }
            ring.finish();
        });

    juce::int64 at = 0;

    while (at < frames)
        for (const auto end = ring.written(); at < end; ++at)
        {
            const auto before = juce::jmax<juce::int64>(0, at - SampleRing::reach);

            if (ring.at(at) != static_cast<float>(at % 65536) ||
                ring.at(before) != static_cast<float>(before % 65536))
                isRight = false;

            ring.keepFrom(at);
        }

    writer.join();
    check.that(isRight, "two threads: every frame arrives, in order");
    check.that(ring.finished() && ring.written() == frames, "and the end is known");
    check.that(ring.at(-1) == 0.0f, "before the first frame is silence");
}

void heldNote(Checks& check)
{
    Bench bench;
    bench.render(480, noteOn(60));
    bench.fill(600); // 37 ms
    bench.render(480);
    check.that(bench.peak(0, 960) == 0.0f, "a note waits until its buffer is filled");
    bench.fill(800);
    bench.render(480);
    check.that(bench.peak(960, 1440) > 0.1f, "and sounds then");

    for (int block = 0; block < 100; ++block)
    {
        bench.fill(160);
        bench.render(480);
    }
    auto crossings = 0;

    for (size_t n = bench.heard.size() - 24000; n < bench.heard.size(); ++n)
        crossings += bench.heard[n - 1] < 0.0f && bench.heard[n] >= 0.0f ? 1 : 0;

    check.that(std::abs(crossings - 100) <= 1, "16 kHz play at their pitch at 48 kHz");
    check.that(bench.largestStep() <= smoothStep, "without a click");
    check.that(bench.player.textures.display.gaps == 0, "and without a gap");
    check.that(bench.player.display.voices == 1, "it counts as a voice");
    const auto held = bench.heard.size();
    bench.render(480, noteOff(60));

    for (int block = 0; block < 60; ++block)
    {
        bench.fill(160);
        bench.render(480);
    }
    check.that(bench.peak(held + 20000, bench.heard.size()) == 0.0f && bench.stops == 1,
               "a lifted key releases it, and its feed is given back");
    check.that(bench.largestStep() <= smoothStep, "the release does not click");
}

void pitch(Checks& check)
{
    Bench bench;
    bench.render(480, noteOn(72));

    for (int block = 0; block < 110; ++block)
    {
        bench.fillAll(400);
        bench.render(480);
    }
    auto crossings = 0;

    for (size_t n = bench.heard.size() - 24000; n < bench.heard.size(); ++n)
        crossings += bench.heard[n - 1] < 0.0f && bench.heard[n] >= 0.0f ? 1 : 0;

    check.that(std::abs(crossings - 200) <= 1, "a key an octave up plays an octave up");
}

void gap(Checks& check)
{
    Bench bench;
    bench.render(480, noteOn(60));
    bench.fill(4000);

    for (int block = 0; block < 50; ++block) // 8000 frames: half of them are not there
        bench.render(480);

    const auto dry = bench.heard.size();
    check.that(bench.player.textures.display.gaps == 1, "a ring that runs dry is counted once");
    check.that(bench.peak(dry - 480, dry) == 0.0f, "it is silent then");
    bench.fill(700);
    bench.render(480);
    check.that(bench.peak(dry, dry + 480) == 0.0f, "and waits for its buffer again");

    for (int block = 0; block < 50; ++block)
    {
        bench.fill(400);
        bench.render(480);
    }
    check.that(bench.peak(dry + 960, bench.heard.size()) > 0.45f, "it goes on");
    std::printf("     largest step %.4f, of the sound itself and a fade %.4f\n",
                static_cast<double>(bench.largestStep()), static_cast<double>(smoothStep));
    check.that(bench.largestStep() <= smoothStep, "no click in and out of the gap");
}

void randomGaps(Checks& check)
{
    juce::Random random(3);
    Bench bench;
    bench.settings.envelope.attack = 0.0f;
    bench.render(480, noteOn(60));

    for (int block = 0; block < 3000; ++block)
    {
        if (random.nextInt(3) == 0)
            bench.fill(random.nextInt(850)); // on average a little too few

        bench.render(1 + random.nextInt(900));
    }
    std::printf("     %d gaps, largest step %.4f\n", bench.player.textures.display.gaps.load(),
                static_cast<double>(bench.largestStep()));
    check.that(bench.player.textures.display.gaps > 20, "frames that come late make gaps");
    check.that(bench.largestStep() <= smoothStep, "and none of them clicks");
}

void ending(Checks& check)
{
    Bench bench;
    bench.render(480, noteOn(60));
    bench.fill(4000);
    bench.player.textures.feeds[0].ring.finish();

    for (int block = 0; block < 50; ++block)
        bench.render(480);

    check.that(bench.stops == 1 && !bench.player.textures.isActive(),
               "a texture that the engine ends gives its feed back");
    check.that(bench.player.textures.display.gaps == 0, "its end is no gap");
    check.that(bench.largestStep() <= smoothStep, "and fades");

    Bench refused;
    refused.render(480, noteOn(60));
    refused.player.textures.feeds[0].ring.finish();
    refused.render(480);
    check.that(refused.stops == 1 && refused.peak(0, 960) == 0.0f, "a refused one is silent");
}

void shortNote(Checks& check)
{
    Bench bench;
    bench.render(480, noteOn(60));
    bench.render(480, noteOff(60));
    bench.fill(4000);

    for (int block = 0; block < 60; ++block)
        bench.render(480);

    check.that(bench.peak(960, 2400) > 0.1f, "a key lifted before the first frame still sounds");
    check.that(bench.stops == 1, "and ends");

    Bench late;
    late.render(480, noteOn(60));
    late.render(480, noteOff(60));

    for (int block = 0; block < 30; ++block)
        late.render(480);

    check.that(late.stops == 1, "but not when its frames come too late");
}

void pedal(Checks& check)
{
    Bench bench;
    bench.render(480, noteOn(60));
    juce::MidiBuffer down, up;
    down.addEvent(juce::MidiMessage::controllerEvent(1, 64, 127), 0);
    up.addEvent(juce::MidiMessage::controllerEvent(1, 64, 0), 0);
    bench.render(480, down);
    bench.fill(60000);
    bench.render(480, noteOff(60));

    for (int block = 0; block < 60; ++block)
        bench.render(480);

    const auto held = bench.heard.size();
    check.that(bench.peak(held - 480, held) > 0.4f, "the pedal holds a texture");
    bench.render(480, up);

    for (int block = 0; block < 60; ++block)
        bench.render(480);

    check.that(bench.stops == 1, "and lets go of it");
}

void stealing(Checks& check)
{
    Bench bench;
    bench.settings.tracking = false; // all at one pitch, whose steps are known

    for (int note = 0; note < 40; ++note)
    {
        bench.render(240, noteOn(40 + note));

        for (int block = 0; block < 20; ++block)
        {
            bench.fillAll(500);
            bench.render(240);
        }
    }
    check.that(bench.player.textures.display.voices == TextureVoices::maxVoices,
               "eight textures sound, not more");
    check.that(bench.starts == 40 && bench.stops == 32, "the oldest fades for a new one");
    std::printf("     largest step %.4f\n", static_cast<double>(bench.largestStep()));
    check.that(bench.largestStep() < 8.0f * smoothStep + 0.01f, "stealing does not click");

    Bench stuck; // a worker that does not run frees no feed

    for (int note = 0; note < 60; ++note)
        stuck.render(240, noteOn(40 + note), false);

    check.that(stuck.starts <= TextureVoices::feedCount, "no feed is taken twice");
    stuck.player.reset();
    stuck.render(240);
    check.that(stuck.starts == stuck.stops, "and a reset gives all back");
}

void bounce(Checks& check)
{
    Bench bench;
    bench.settings.isBounce = true;
    bench.render(0, noteOn(60));
    auto& feed = bench.player.textures.feeds[0];
    check.that(!bench.player.areTexturesReadyFor(512, bench.settings), "a bounce waits");
    const auto wanted = static_cast<int>(feed.wanted.load());
    bench.fill(wanted - 1);
    check.that(!bench.player.areTexturesReadyFor(512, bench.settings), "for the last frame");
    bench.fill(1);
    check.that(bench.player.areTexturesReadyFor(512, bench.settings), "that it needs");
    bench.render(512);
    check.that(bench.peak(0, 512) > 0.3f && bench.player.textures.display.gaps == 0,
               "and sounds from the note's own frame on");

    std::vector<float> whole, parts;

    for (auto* result : {&whole, &parts})
    {
        Bench other;
        other.settings.isBounce = true;
        other.render(0, noteOn(67));
        juce::Random random(7);

        for (int left = 40000; left > 0;)
        {
            const auto size = result == &whole ? 512 : 1 + random.nextInt(512);
            const auto frames = juce::jmin(left, size);

            while (!other.player.areTexturesReadyFor(frames, other.settings))
                other.fill(1 + random.nextInt(300));

            other.render(frames);
            left -= frames;
        }
        *result = other.heard;
    }
    check.that(whole == parts, "a bounce is the same in any blocks, however the frames come");

    Bench lost;
    lost.settings.isBounce = true;
    lost.render(0, noteOn(60));
    lost.player.dropUnready(512, lost.settings);
    lost.render(512);
    check.that(lost.stops == 1, "what does not come is dropped");
}
} // namespace

int checkTextures(const Arguments&)
{
    Checks check;
    ring(check);
    heldNote(check);
    pitch(check);
    gap(check);
    randomGaps(check);
    ending(check);
    shortNote(check);
    pedal(check);
    stealing(check);
    bounce(check);
    return check.exitCode();
}
} // namespace harness
