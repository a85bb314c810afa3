// The NES chip alone: notes in, samples out. What it plays is measured, not read back.
#include "chips/chip_bench.h"

namespace harness
{
namespace
{
using starling::ChipVoice;
namespace chip = starling::chip;

/** Of a pulse or the triangle: the frequency of the timer nearest to a note. */
double frequencyOf(int voice, double note)
{
    const auto steps = voice == chip::tr ? 32.0 : 16.0;
    const auto hz = 440.0 * std::exp2((note - 69.0) / 12.0);
    return 1789773.0 / (steps * (std::round(1789773.0 / (steps * hz) - 1.0) + 1.0));
}

/** The larger one; what is no number is larger than all. */
double worse(double a, double b)
{
    return b <= a ? a : b;
}

double cents(double measured, double expected)
{
    return 1200.0 * std::log2(measured / expected);
}

/** What a voice's note is off by, in cents of its timer's frequency. */
double offBy(ChipBench& bench, int voice, int key, double shift = 0.0)
{
    const auto expected = frequencyOf(voice, key + shift);
    bench.render(128, on(voice + 1, key));
    const auto audio = bench.render(static_cast<int>(bench.rate));
    bench.render(128, off(voice + 1, key));
    bench.settle();
    return std::abs(cents(measuredHz(audio, expected, bench.rate), expected));
}

void pitch(Checks& check)
{
    for (const auto rate : {44100.0, 48000.0, 96000.0, 192000.0})
    {
        ChipBench bench(rate);
        auto worst = 0.0;

        for (const auto voice : {chip::p1, chip::p2, chip::tr})
            for (const auto key : {45, 69, 88})
                worst = worse(worst, offBy(bench, voice, key));

        std::printf("     at %.0f Hz off by %.6f cents\n", rate, worst);
        check.that(worst < 0.1, "a note is the frequency of its timer, within a tenth of a cent");
    }
    check.that(std::abs(cents(frequencyOf(chip::p1, 57), 220.0)) < 2.0 &&
                   ChipVoice::timerOf(chip::p1, 69) == 253 &&
                   ChipVoice::timerOf(chip::tr, 57) == 253,
               "timers are the nearest to the key");
    check.that(ChipVoice::timerOf(chip::p1, 32) < 0 && ChipVoice::timerOf(chip::p1, 33) > 0 &&
                   ChipVoice::timerOf(chip::tr, 21) > 0 && ChipVoice::timerOf(chip::tr, 20) < 0,
               "keys below the chip's timers have none");

    ChipBench low(48000.0);
    check.that(loudness(low.render(4800, on(1, 20))) == 0.0, "and are silent");
}

void bend(Checks& check)
{
    ChipBench bench(48000.0);
    juce::MidiBuffer up;
    up.addEvent(juce::MidiMessage::pitchWheel(1, 16383), 0);
    bench.render(128, up);
    check.that(offBy(bench, chip::p1, 60, 2.0 * 8191.0 / 8192.0) < 0.1,
               "the bend reaches two semitones");
    check.that(offBy(bench, chip::p2, 60) < 0.1, "and moves its own channel only");
    bench.settings.tune = -12.0;
    check.that(offBy(bench, chip::tr, 60, -12.0) < 0.1, "tune transposes");
}

void duty(Checks& check)
{
    constexpr double shares[] = {0.125, 0.25, 0.5, 0.75};

    for (int n = 0; n < 4; ++n)
    {
        ChipBench bench(48000.0);
        bench.settings.chips.voices[chip::p1].timbre = n;
        const auto hz = frequencyOf(chip::p1, 81);
        bench.render(4800, on(1, 81));
        const auto audio = bench.render(48000);
        auto worst = 0.0;

        for (int harmonic = 2; harmonic <= 7; ++harmonic)
        {
            const auto share = [&](int h)
            { return std::abs(std::sin(juce::MathConstants<double>::pi * h * shares[n])) / h; };
            const auto expected =
                share(harmonic) / share(1) * outputGain(hz * harmonic) / outputGain(hz);
            const auto found =
                amplitude(audio, hz * harmonic, bench.rate) / amplitude(audio, hz, bench.rate);
            worst = worse(worst, std::abs(found - expected));
        }
        std::printf("     duty %d: harmonics within %.6f of the first\n", n, worst);
        check.that(worst < 0.01, "a duty's harmonics are those of its pulse");
    }
}

void levels(Checks& check)
{
    const auto played = [](int level, int velocity, bool mute)
    {
        ChipBench bench(48000.0);
        bench.settings.chips.voices[chip::p1] = {2, level, mute};
        bench.render(4800, on(1, 69, velocity));
        return loudness(bench.render(4800));
    };
    const auto step = [](double volume) { return 95.88 / (8128.0 / volume + 100.0); };
    const auto is = [&](double found, int volume)
    { return std::abs(found / played(15, 127, false) - step(volume) / step(15)) < 0.01; };
    check.that(played(15, 127, true) == 0.0 && played(0, 127, false) == 0.0,
               "mute and level 0 are silent");
    check.that(is(played(7, 127, false), 7), "a level is a step of the chip's volume");
    check.that(is(played(15, 64, false), 8) && is(played(15, 1, false), 1),
               "velocities are its sixteen steps, the softest not silent");

    ChipBench triangle(48000.0);
    triangle.settings.chips.voices[chip::tr].mute = true;
    check.that(loudness(triangle.render(4800, on(3, 60))) == 0.0, "a muted triangle is silent");
    triangle.settings.chips.voices[chip::tr].mute = false;
    check.that(loudness(triangle.render(4800)) > 0.01, "and sounds as soon as it is not");
}

void noise(Checks& check)
{
    const auto likeness = [](int mode)
    {
        ChipBench bench(48000.0);
        bench.settings.chips.voices[chip::no].timbre = mode;
        bench.render(4800, on(4, 36));
        const auto audio = bench.render(48000);
        return repeatsAfter(audio, juce::roundToInt(93 * 4068 / 1789773.0 * 48000.0));
    };
    const auto longMode = likeness(0), shortMode = likeness(1);
    std::printf("     alike after 93 steps: long %.3f, short %.3f\n", longMode, shortMode);
    check.that(shortMode > 0.95 && std::abs(longMode) < 0.3,
               "the short noise repeats, the long does not");
    check.that(ChipVoice::noiseOf(36) == 1 && ChipVoice::noiseOf(51) == 16 &&
                   ChipVoice::noiseOf(52) == 1 && ChipVoice::noiseOf(35) == 16,
               "sixteen keys are its sixteen notes");
}

void routing(Checks& check)
{
    ChipBench bench(48000.0);
    const auto voiceOf = [&](int channel, int key)
    {
        bench.player.reset();
        bench.render(480, on(channel, key));

        for (int voice = 0; voice < chip::voices; ++voice)
            if (bench.player.chips.shown[static_cast<size_t>(voice)] == key)
                return voice;

        return -1;
    };
    check.that(voiceOf(1, 60) == chip::p1 && voiceOf(2, 60) == chip::p2 &&
                   voiceOf(3, 60) == chip::tr && voiceOf(4, 60) == chip::no && voiceOf(5, 60) < 0,
               "channels 1 to 4 play P1, P2, TR and NO");
    bench.settings.chips.byKey = true;
    check.that(voiceOf(9, 39) == chip::no && voiceOf(1, 40) == chip::tr &&
                   voiceOf(1, 59) == chip::tr && voiceOf(1, 60) == chip::p2 &&
                   voiceOf(1, 72) == chip::p1,
               "or the key chooses");
}

void priority(Checks& check)
{
    ChipBench bench(48000.0);
    const auto plays = [&](int key)
    {
        const auto hz = frequencyOf(chip::p1, key);
        return std::abs(cents(measuredHz(bench.render(24000), hz, bench.rate), hz)) < 0.1;
    };
    bench.render(128, on(1, 60));
    bench.render(128, on(1, 67));
    check.that(plays(67), "the last key sounds");
    bench.render(128, off(1, 67));
    check.that(plays(60), "then the one before it that is still held");
    bench.render(128, off(1, 60));
    bench.settle();
    check.that(bench.player.chips.sounding() == 0, "the last one lifted ends the voice");

    juce::MidiBuffer pedal;
    pedal.addEvent(juce::MidiMessage::controllerEvent(1, 64, 127), 0);
    bench.render(128, pedal);
    bench.render(128, on(1, 64));
    bench.render(128, off(1, 64));
    check.that(plays(64), "the pedal holds a key");
    juce::MidiBuffer allOff;
    allOff.addEvent(juce::MidiMessage::controllerEvent(1, 120, 0), 0);
    bench.render(480, allOff);
    check.that(bench.player.chips.sounding() == 0, "all sound off is at once");
}

void envelope(Checks& check)
{
    ChipBench bench(48000.0);
    bench.settings.chips.envelope = {0.1f, 0.0f, 0.5f, 0.1f};
    const auto full = loudness(bench.render(2400, on(1, 69)), 2000, 400);
    bench.render(4800);
    const auto held = loudness(bench.render(2400));
    bench.render(128, off(1, 69));
    bench.render(4800);
    check.that(full > 0.005 && std::abs(full / held - 1.0) < 0.25,
               "attack and sustain move the volume: half way up is as loud as a sustain of half");
    check.that(loudness(bench.render(480), 100, 380) < 0.05 * held,
               "a release has ended after its time");
}

void exactness(Checks& check)
{
    const auto song = [](int first)
    {
        juce::MidiBuffer midi;

        for (int n = 0; n < 12; ++n)
        {
            midi.addEvents(on(1 + n % 4, 48 + 5 * n, 30 + 8 * n), 0, -1, first + 997 * n);
            midi.addEvents(off(1 + n % 4, 48 + 5 * n), 0, -1, first + 997 * n + 800);
        }
        return midi;
    };
    const auto whole = [&](double rate, int first)
    { return ChipBench(rate).render(20000, song(first)); };
    const auto once = whole(44100.0, 0), later = whole(44100.0, 37);
    check.that(same(once, whole(44100.0, 0), 0, 20000), "played twice the samples are the same");
    auto shifted = loudness(later, 0, 37) == 0.0;

    for (int n = 0; n < 19000; ++n)
        shifted = shifted && once.getSample(0, n) == later.getSample(0, n + 37);

    check.that(shifted, "37 frames later every sample comes 37 frames later");

    ChipBench used(44100.0);
    used.render(30000, song(500));
    used.settle();
    check.that(same(once, used.render(20000, song(0)), 0, 20000),
               "nor does it matter what was played before");

    ChipBench pieces(44100.0);
    juce::AudioBuffer<float> together(2, 20000);

    for (int done = 0, size = 1; done < 20000;
         done += size, size = juce::jmin(20000 - done, 1 + (7 * size) % 613))
    {
        juce::MidiBuffer part;
        part.addEvents(song(0), done, size, -done);
        const auto audio = pieces.render(size, part);
        together.copyFrom(0, done, audio, 0, 0, size);
        together.copyFrom(1, done, audio, 1, 0, size);
    }
    check.that(same(once, together, 0, 20000), "nor how long the blocks are");
    check.that(loudness(pieces.settle()) == 0.0, "a chip that has nothing to play is off");
}
} // namespace

int checkChips(const Arguments&)
{
    Checks check;
    pitch(check);
    bend(check);
    duty(check);
    levels(check);
    noise(check);
    routing(check);
    priority(check);
    envelope(check);
    exactness(check);
    checkSong(check);
    checkVolumes(check);
    return check.exitCode();
}
} // namespace harness
