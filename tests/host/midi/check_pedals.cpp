// Sustain, sostenuto and soft pedal, and the messages that end notes.
#include "midi/channel_bench.h"

namespace harness
{
namespace
{
namespace midi = starling::midi;

constexpr Message on(int key)
{
    return {0x90, key, 127};
}

constexpr Message off(int key)
{
    return {0x80, key, 0};
}

/** How many notes sound once releases are over. */
int left(ChannelBench& bench)
{
    bench.render(4800);
    return bench.player.display.voices;
}

void sostenuto(Checks& check)
{
    ChannelBench bench;
    bench.send({on(60), on(64), control(1, midi::sostenuto, 127), on(67)});
    bench.send({off(60), off(64), off(67)});
    check.that(left(bench) == 2, "sostenuto holds the keys that were down, and no other");
    bench.send({control(1, midi::sustain, 127), on(72), off(72), control(1, midi::sostenuto, 0)});
    check.that(left(bench) == 3, "what one pedal lets go of the other one holds");
    bench.send({control(1, midi::sostenuto, 127), control(1, midi::sustain, 0)});
    check.that(left(bench) == 0, "keys that are up are none that it holds");
    bench.send({on(60), control(1, midi::sostenuto, 127), off(60), control(1, midi::reset, 0)});
    check.that(left(bench) == 0, "a reset of all controllers lifts it");
}

void soft(Checks& check)
{
    const auto peak = [](const std::vector<Message>& list)
    {
        ChannelBench bench;
        return bench.render(4800, messages(list)).getMagnitude(0, 4800);
    };
    const auto plain = peak({{0x90, 60, 100}});
    check.that(peak({control(1, midi::soft, 127), {0x90, 60, 100}}) == peak({{0x90, 60, 84}}) &&
                   peak({{0x90, 60, 100}, control(1, midi::soft, 127)}) == plain &&
                   plain > peak({{0x90, 60, 84}}),
               "under the soft pedal a key is struck at .84 of its velocity");
}

void endings(Checks& check)
{
    ChannelBench bench;
    bench.send({on(60), control(1, midi::sustain, 127), control(1, midi::notesOff, 0), on(64)});
    check.that(left(bench) == 2, "all notes off leaves what the pedal holds");
    bench.send({off(64), control(1, midi::sustain, 0)});
    check.that(left(bench) == 0, "until it is lifted");

    for (auto mode = midi::firstMode; mode <= midi::lastMode; ++mode)
    {
        bench.send({on(60), on(72), control(1, mode, 0)});
        check.that(left(bench) == 0, "a change of mode ends all notes");
    }
    bench.send({on(60), control(1, midi::sustain, 127), control(1, midi::soundOff, 0)});
    bench.render(200);
    check.that(bench.player.display.voices == 0, "all sound off ends what the pedal holds too");
}

/** A key of the chip and one of a texture under both pedals. */
void otherKinds(Checks& check)
{
    ChannelBench chip;
    chip.settings.chip = true;
    chip.settings.chips.envelope.release = 0.0f;
    chip.send({on(60), control(1, midi::sostenuto, 127), off(60)});
    chip.render(4800);
    check.that(chip.player.chips.sounding() == 1, "sostenuto holds a key of the chip");
    chip.send({control(1, midi::sostenuto, 0)});
    chip.render(4800);
    check.that(chip.player.chips.sounding() == 0, "and lets go of it");

    ChannelBench texture;
    texture.settings.texture = true;
    texture.send({on(60), on(62), control(1, midi::sostenuto, 127), on(64)});
    texture.send({off(60), off(62), off(64)});
    texture.render(24000); // without an engine the lifted key has waited long enough
    check.that(texture.player.display.voices == 2, "sostenuto holds keys of textures");
}
} // namespace

void checkPedals(Checks& check)
{
    sostenuto(check);
    soft(check);
    endings(check);
    otherKinds(check);
}
} // namespace harness
