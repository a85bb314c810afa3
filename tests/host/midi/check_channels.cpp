// What a channel's messages do to notes: the player alone, its pitches measured.
#include "midi/channel_bench.h"

namespace harness
{
namespace
{
constexpr double full = 8191.0 / 8192.0;
namespace midi = starling::midi;

bool near(double found, double expected)
{
    if (std::abs(found - expected) < 0.002)
        return true;

    std::printf("     %.4f semitones in place of %.4f\n", found, expected);
    return false;
}

void bends(Checks& check)
{
    ChannelBench bench;
    bench.send({bend(1, 8191)});
    check.that(near(bench.heard(1), 2.0 * full), "a bend reaches two semitones at first");
    bench.send(registered(1, midi::bendRange, 12));
    check.that(near(bench.heard(1), 12.0 * full), "a range that comes after it counts for it");
    bench.send({control(1, 99, 1), control(1, 98, 32), control(1, 6, 64)});
    check.that(near(bench.heard(1), 12.0 * full), "data entry for an NRPN leaves the range");
    check.that(near(bench.heard(2), 0.0), "another channel is not bent");
    bench.send({control(1, 101, 0), control(1, 100, 0), control(1, 38, 50)});
    check.that(near(bench.heard(1), 12.5 * full), "the range has cents");
    bench.send({control(1, midi::reset, 0)});
    check.that(near(bench.heard(1), 0.0), "a reset of all controllers ends the bend");
    bench.send({bend(1, -8192)});
    check.that(near(bench.heard(1), -12.5), "and leaves the range");
    bench.player.prepare(ChannelBench::rate);
    bench.send({bend(1, -8192)});
    check.that(near(bench.heard(1), -2.0), "which a new start does not");

    ChannelBench tuned;
    tuned.send(registered(1, midi::fineTune, 96));
    tuned.send(registered(1, midi::coarseTune, 52));
    check.that(near(tuned.heard(1), -11.5), "fine and coarse tuning add up");
}

void zones(Checks& check)
{
    ChannelBench bench;
    bench.send(registered(1, midi::zone, 5));
    bench.send({bend(2, 2048), bend(7, 2048), bend(1, 4096)});
    check.that(near(bench.heard(2), 13.0),
               "a member of a zone bends by 48 semitones, and its master's bend is added");
    check.that(near(bench.heard(7), 0.5) && near(bench.heard(1), 1.0),
               "the master and channels that are no members by two");
    bench.send(registered(2, midi::bendRange, 24));
    check.that(near(bench.heard(2), 7.0), "a member may have another range");
    bench.send(registered(16, midi::zone, 3));
    bench.send({bend(15, -2048), bend(12, -2048)});
    check.that(near(bench.heard(15), -12.0) && near(bench.heard(12), -0.5),
               "channel 16 is the master of those below it");
    bench.send(registered(1, midi::zone, 0));
    check.that(near(bench.heard(2), 0.5), "a zone without members is none");

    ChannelBench pedal;
    pedal.send(registered(1, midi::zone, 5));
    pedal.send({control(1, midi::sustain, 127), {0x91, 60, 127}, {0x97, 64, 127}});
    pedal.send({{0x81, 60, 0}, {0x87, 64, 0}});
    pedal.render(4800);
    check.that(pedal.player.display.voices == 1, "the master's pedal holds its members' notes");
    pedal.send({control(1, midi::sustain, 0)});
    pedal.render(4800);
    check.that(pedal.player.display.voices == 0, "and lets go of them");
}
} // namespace

int checkChannels(const Arguments&)
{
    Checks check;
    bends(check);
    zones(check);
    checkPedals(check);
    checkVibrato(check);
    checkLevels(check);
    return check.exitCode();
}
} // namespace harness
