// Volume, expression and pan of sounds, textures and the chip.
#include "midi/channel_bench.h"

namespace harness
{
namespace
{
namespace midi = starling::midi;

constexpr double naturalStep = 0.5 * 6.2832 * ChannelBench::hz / ChannelBench::rate;

/** The peaks of both sides of a held note after some messages, as a share of its usual one. */
std::array<double, 2> peaks(ChannelBench& bench, const std::vector<Message>& list, int status)
{
    bench.send(list);
    const auto audio = bench.render(9600, messages({{status, 60, 127}}));
    return {2.0 * static_cast<double>(audio.getMagnitude(0, 4800, 4800)),
            2.0 * static_cast<double>(audio.getMagnitude(1, 4800, 4800))};
}

bool are(const std::array<double, 2>& found, double left, double right)
{
    const auto holds = std::abs(found[0] - left) < 0.002 && std::abs(found[1] - right) < 0.002;

    if (!holds)
        std::printf("     %.4f and %.4f in place of %.4f and %.4f\n", found[0], found[1], left,
                    right);

    return holds;
}

void laws(Checks& check)
{
    ChannelBench bench;
    const auto give = [&](const std::vector<Message>& list) { return peaks(bench, list, 0x90); };
    check.that(are(give({control(1, midi::volume, 50)}), 0.25, 0.25), "volume is squared");
    check.that(are(give({control(1, midi::volume, 127)}), 1.6129, 1.6129), "and full at 100");
    check.that(are(give({control(1, midi::volume, 100), control(1, midi::expression, 64)}), 0.25395,
                   0.25395),
               "so is expression, which is full at 127");
    check.that(are(give({control(1, midi::reset, 0), control(1, midi::pan, 0)}), 1.41421, 0.0),
               "a reset makes it full; pan 0 is left, of constant power");
    check.that(are(give({control(1, midi::pan, 127)}), 0.0, 1.41421), "127 is right");
    check.that(are(give({control(1, midi::pan, 64), control(2, midi::volume, 0)}), 1.0, 1.0),
               "64 is the middle, and another channel is its own");
    bench.send(registered(1, midi::zone, 3));
    check.that(are(peaks(bench, {{0x80, 60, 0}}, 0x91), 1.0, 1.0),
               "a member of a zone is as loud as its master");
}

void defaults(Checks& check)
{
    ChannelBench plain, sent;
    const auto usual = messages({control(1, midi::volume, 100), control(1, midi::expression, 127),
                                 control(1, midi::pan, 64), control(1, midi::modulation, 0)});
    plain.render(64);
    sent.render(64, usual);
    const auto a = plain.render(9600, messages({{0x90, 67, 99}}));
    const auto b = sent.render(9600, messages({{0x90, 67, 99}}));
    auto same = true;

    for (int n = 0; n < 9600; ++n)
        same = same && a.getSample(0, n) == b.getSample(0, n) &&
               a.getSample(1, n) == b.getSample(1, n);

    check.that(same, "the values that they have at first change no bit");
}

void glide(Checks& check)
{
    ChannelBench bench;
    bench.render(480, messages({{0x90, 60, 127}}));
    auto step = 0.0, last = static_cast<double>(bench.render(1).getSample(0, 0));

    for (int n = 0; n < 40; ++n)
    {
        const auto audio =
            bench.render(100, messages({control(1, midi::volume, n % 3 == 0 ? 0 : 100)}));

        for (int at = 0; at < 100; ++at)
        {
            const auto here = static_cast<double>(audio.getSample(0, at));
            step = juce::jmax(step, std::abs(here - last));
            last = here;
        }
    }
    std::printf("     largest step %.4f, of the note itself %.4f\n", step, naturalStep);
    check.that(step < naturalStep + 0.5 / 240.0, "a jump of the volume takes 5 ms");
}

void chip(Checks& check)
{
    const auto peak = [](const std::vector<Message>& list)
    {
        ChannelBench bench;
        bench.settings.chip = true;
        bench.send(list);
        bench.render(4800, messages({{0x90, 69, 127}}));
        return bench.render(4800).getMagnitude(0, 4800);
    };
    const auto full = peak({}), half = peak({control(1, midi::expression, 90)});
    check.that(half < 0.65f * full && half > 0.4f * full, "expression moves the chip's volumes");
    check.that(peak({control(1, midi::volume, 0)}) == 0.0f, "and volume 0 silences it");
    check.that(peak({control(2, midi::volume, 0)}) == full, "of its own channel only");
}
} // namespace

void checkLevels(Checks& check)
{
    laws(check);
    defaults(check);
    glide(check);
    chip(check);
}
} // namespace harness
