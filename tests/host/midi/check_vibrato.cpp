// Vibrato by wheel and pressure: how deep, how fast, of which notes, and that a bounce repeats it
// whatever the host's blocks are.
#include "midi/channel_bench.h"

namespace harness
{
namespace
{
namespace midi = starling::midi;

/** Of two seconds of a key: the pitch of each of its periods in semitones from the key's. */
std::vector<double> pitches(ChannelBench& bench, int key)
{
    bench.render(480, messages({{0x90, key, 127}}));
    const auto found = rises(bench.render(96000));
    bench.render(4800, messages({{0x80, key, 0}}));
    std::vector<double> result;

    for (size_t n = 1; n < found.size(); ++n)
        result.push_back(
            12.0 * std::log2(ChannelBench::rate / (found[n] - found[n - 1]) / ChannelBench::hz) -
            (key - 60));

    return result;
}

/** Whether a key swings by so many semitones to either side. */
bool swings(ChannelBench& bench, double depth, int key = 60)
{
    const auto found = pitches(bench, key);
    const auto [low, high] = std::minmax_element(found.begin(), found.end());
    const auto holds = std::abs(*high - depth) < 0.01 + 0.01 * depth &&
                       std::abs(*low + depth) < 0.01 + 0.01 * depth;

    if (!holds)
        std::printf("     from %.4f to %.4f in place of %.4f\n", *low, *high, depth);

    return holds;
}

void depths(Checks& check)
{
    ChannelBench bench;
    bench.send({control(1, midi::modulation, 127)});
    check.that(swings(bench, 0.5), "the wheel swings a note by half a semitone to either side");
    const auto found = pitches(bench, 60);
    auto cycles = 0;

    for (size_t n = 1; n < found.size(); ++n)
        cycles += found[n - 1] < 0.0 && found[n] >= 0.0 ? 1 : 0;

    check.that(std::abs(cycles - 2.0 * midi::vibratoHz) <= 1.0, "5.5 times a second");
    bench.send({control(1, midi::modulation, 64)});
    check.that(swings(bench, 0.5 * 64 / 127), "half way by half of it");
    bench.send(registered(1, midi::modulationRange, 2));
    check.that(swings(bench, 2.0 * 64 / 127), "by the range of its parameter");
    bench.send({control(1, midi::reset, 0)});
    check.that(swings(bench, 0.0), "a reset ends it");

    ChannelBench pressed;
    pressed.send({{0xd0, 127, 0}});
    check.that(swings(pressed, 0.5), "a channel's pressure does as the wheel");
    pressed.send({{0xd0, 0, 0}, {0xa0, 60, 127}});
    check.that(swings(pressed, 0.5) && swings(pressed, 0.0, 62), "a key's is for that key");
}

/** Whatever moves two notes that sound, a message every 997 frames; one of them ends. */
juce::MidiBuffer moves()
{
    const std::vector<Message> list = {control(1, midi::modulation, 90),
                                       bend(1, 3000),
                                       control(1, midi::volume, 60),
                                       {0xa1, 67, 100},
                                       control(2, midi::pan, 20),
                                       control(1, midi::sustain, 127),
                                       {0x80, 60, 0},
                                       {0xd0, 99, 0},
                                       control(1, midi::expression, 90),
                                       control(1, midi::sustain, 0),
                                       control(1, midi::modulation, 0),
                                       bend(2, -8192)};
    juce::MidiBuffer result;

    for (size_t n = 0; n < list.size(); ++n)
        result.addEvents(messages({list[n]}), 0, -1, 997 * static_cast<int>(n));

    return result;
}

enum class Kind
{
    sound,
    texture,
    chip
};

/** All that textures will need, at once. */
void fill(starling::TextureFeed& feed)
{
    std::vector<float> tone;

    for (int n = 0; n < 100000; ++n)
        tone.push_back(0.5f * static_cast<float>(std::sin(0.05 * n)));

    feed.rate = 16000.0;
    feed.ring.write(tone.data(), static_cast<int>(tone.size()));
}

/** The two notes as they are moved, in blocks of a size. */
juce::AudioBuffer<float> played(Kind kind, int block)
{
    constexpr int frames = 20000;
    ChannelBench bench;
    bench.settings.chip = kind == Kind::chip;
    bench.settings.texture = bench.settings.isBounce = kind == Kind::texture;
    bench.render(0, messages({{0x90, 60, 100}, {0x91, 67, 80}}));

    if (kind == Kind::texture)
        for (auto& feed : bench.player.textures.feeds)
            fill(feed);

    juce::AudioBuffer<float> whole(2, frames);

    for (int done = 0; done < frames; done += block)
    {
        juce::MidiBuffer part;
        const auto size = juce::jmin(block, frames - done);
        part.addEvents(moves(), done, size, -done);
        const auto audio = bench.render(size, part);

        for (int side = 0; side < 2; ++side)
            whole.copyFrom(side, done, audio, side, 0, size);
    }
    return whole;
}

bool same(const juce::AudioBuffer<float>& a, const juce::AudioBuffer<float>& b)
{
    auto isSame = a.getMagnitude(0, a.getNumSamples()) > 0.01f;

    for (int side = 0; side < 2; ++side)
        for (int n = 0; n < a.getNumSamples(); ++n)
            isSame = isSame && a.getSample(side, n) == b.getSample(side, n);

    return isSame;
}

void blocks(Checks& check)
{
    for (const auto kind : {Kind::sound, Kind::texture, Kind::chip})
    {
        const auto once = played(kind, 64);
        check.that(same(once, played(kind, 512)) && same(once, played(kind, 37)) &&
                       same(once, played(kind, 20000)),
                   "blocks of 37, 64, 512 and 20000 frames give the same samples");
    }
}

/** A bounce waits for as many frames as the vibrato may need. */
void bouncedTexture(Checks& check)
{
    ChannelBench bench;
    bench.settings.texture = bench.settings.isBounce = true;
    bench.send(registered(1, midi::modulationRange, 24));
    bench.render(0, messages({control(1, midi::modulation, 127), {0x90, 60, 127}}));
    auto& feed = bench.player.textures.feeds[0];
    feed.rate = 16000.0;

    for (int piece = 0; piece < 100; ++piece)
    {
        while (!bench.player.areTexturesReadyFor(512, bench.settings))
        {
            const std::vector<float> some(16, 0.5f);
            feed.ring.write(some.data(), 16);
        }
        bench.render(512);
    }
    check.that(bench.player.textures.display.gaps == 0, "a bounced texture has no gaps");
}

void rewinding(Checks& check)
{
    ChannelBench bench;
    const auto pass = [&]
    {
        bench.player.rewind();
        const auto audio = bench.render(9000, messages({{0x90, 60, 127}}));
        bench.render(3001, messages({{0x80, 60, 0}}));
        return audio;
    };
    bench.send({control(1, midi::modulation, 127)});
    check.that(same(pass(), pass()), "each pass of the host has the same vibrato");
}
} // namespace

void checkVibrato(Checks& check)
{
    depths(check);
    blocks(check);
    bouncedTexture(check);
    rewinding(check);
}
} // namespace harness
