// Notes in, samples out: the player alone, with sounds whose every sample is
// known.
#include "harness/harness.h"

namespace harness
{
namespace
{
using starling::Place;
using starling::Player;
using starling::PlayerSettings;
using starling::Sound;
using starling::SoundBank;
using starling::SoundKey;

constexpr double rate = 48000.0;

/** Frame n is (n + 1) / 32768: exact in float and on the 24-bit grid. */
starling::SoundPointer ramp(int frames)
{
    juce::AudioBuffer<float> audio(1, frames);

    for (int n = 0; n < frames; ++n)
        audio.setSample(0, n, static_cast<float>(n + 1) / 32768.0f);

    return std::make_shared<const Sound>(starling::SoundInfo{"ramp", "{}", rate, 60}, audio);
}

starling::SoundPointer constant(int frames)
{
    juce::AudioBuffer<float> audio(1, frames);
    juce::FloatVectorOperations::fill(audio.getWritePointer(0), 0.5f, frames);
    return std::make_shared<const Sound>(starling::SoundInfo{"constant", "{}", rate, 60}, audio);
}

/** A bank and a player that renders whole stretches. */
struct Bench
{
    SoundBank bank;
    Player player{bank};
    PlayerSettings settings;

    explicit Bench(starling::SoundPointer sound)
    {
        player.prepare(rate);
        bank.publish(Place::current, settings.soundKey, std::move(sound));
    }

    juce::AudioBuffer<float> render(int frames, const juce::MidiBuffer& midi = {})
    {
        juce::AudioBuffer<float> audio(2, frames);
        audio.clear();
        player.render(audio, midi, settings);
        return audio;
    }
};

juce::MidiBuffer controller(int number, int value)
{
    juce::MidiBuffer midi;
    midi.addEvent(juce::MidiMessage::controllerEvent(1, number, value), 0);
    return midi;
}

int soundingFrames(const juce::AudioBuffer<float>& audio)
{
    int last = 0;

    for (int n = 0; n < audio.getNumSamples(); ++n)
        last = std::abs(audio.getSample(0, n)) > 1e-6f ? n + 1 : last;

    return last;
}

void timing(Checks& check)
{
    Bench bench(ramp(1000));
    const auto audio = bench.render(256, noteOn(60, 127, 37));
    auto exact = audio.getSample(0, 36) == 0.0f;

    for (int n = 37; n < 256; ++n)
        exact = exact && audio.getSample(0, n) == static_cast<float>(n - 36) / 32768.0f &&
                audio.getSample(1, n) == audio.getSample(0, n);

    check.that(exact, "a note starts at its frame and plays the sound's own samples");

    Bench quiet(constant(1000));
    const auto soft = quiet.render(64, noteOn(60, 64));
    const auto expected = 0.5f * (64.0f / 127.0f) * (64.0f / 127.0f);
    check.that(std::abs(soft.getSample(0, 10) - expected) < 1e-6f, "velocity is squared");
}

void pitch(Checks& check)
{
    Bench octave(constant(4800));
    check.that(soundingFrames(octave.render(9600, noteOn(72))) == 2400,
               "an octave up is half as long");

    Bench root(constant(4800));
    root.settings.root = 72;
    check.that(soundingFrames(root.render(9600, noteOn(72))) == 4800, "the root plays unshifted");

    Bench fixed(constant(4800));
    fixed.settings.tracking = false;
    check.that(soundingFrames(fixed.render(9600, noteOn(72))) == 4800,
               "tracking off: all keys alike");

    Bench bent(constant(4800));
    juce::MidiBuffer midi;
    midi.addEvent(juce::MidiMessage::pitchWheel(1, 16383), 0);
    midi.addEvents(noteOn(60), 0, 1, 0);
    const auto frames = soundingFrames(bent.render(9600, midi));
    const auto expected = 4800.0 / std::exp2(2.0 / 12.0);
    check.that(std::abs(frames - expected) < 3.0, "the bend reaches two semitones");

    Bench keyed(constant(4800));
    keyed.settings.fresh = keyed.settings.keyed = true;
    keyed.bank.publish(Place::key, keyed.settings.soundKey.forKey(36, 0), constant(4800));
    check.that(soundingFrames(keyed.render(9600, noteOn(36))) == 4800,
               "a sound made for its key is not shifted");
}

void envelope(Checks& check)
{
    Bench bench(constant(96000));
    bench.settings.envelope = {0.1f, 0.1f, 0.25f, 0.1f};
    const auto on = bench.render(48000, noteOn(60));
    check.that(std::abs(on.getSample(0, 2400) - 0.25f) < 0.001f,
               "half way up after half the attack");
    check.that(std::abs(on.getSample(0, 40000) - 0.125f) < 0.001f, "the sustain level is held");
    const auto off = bench.render(9600, noteOff(60));
    check.that(off.getSample(0, 4800) < 0.001f * 0.126f, "60 dB down after the release time");
    check.that(bench.player.display.voices == 0, "the voice ends");
}

void cutting(Checks& check)
{
    Bench bench(ramp(1000));
    bench.settings.start = 0.5f;
    bench.settings.length = 0.5f;
    const auto audio = bench.render(600, noteOn(60));
    check.that(soundingFrames(audio) <= 250 && soundingFrames(audio) > 240,
               "start and length cut the sound");
    check.that(std::abs(audio.getSample(0, 120) - 621.0f / 32768.0f) < 1e-6f,
               "playback begins where start says");
}

void pedal(Checks& check)
{
    Bench bench(constant(96000));
    bench.settings.envelope.release = 0.01f;
    bench.render(128, controller(64, 127));
    bench.render(128, noteOn(60));
    bench.render(128, noteOff(60));
    check.that(bench.render(4800).getSample(0, 4799) == 0.5f, "the pedal holds the note");
    bench.render(128, controller(64, 0));
    bench.render(4800);
    check.that(bench.player.display.voices == 0, "the pedal lets it go");

    bench.render(128, noteOn(60));
    bench.render(128, controller(123, 0));
    bench.render(4800);
    check.that(bench.player.display.voices == 0, "all notes off releases");
}

/** Fresh mode, with the sound arriving `blocks` later; the key is down for the
   first block only unless `hold`. Answers the first audible frame's value, or
   0. */
float late(int blocks, bool hold)
{
    Bench bench(nullptr);
    bench.settings.fresh = true;
    bench.render(128, noteOn(60));

    if (!hold)
        bench.render(128, noteOff(60));

    for (int i = 0; i < blocks; ++i)
        bench.render(128);

    bench.bank.publish(Place::key, bench.settings.soundKey.forKey(60, 0), constant(4800));
    return bench.render(128).getSample(0, 0);
}

void lateSounds(Checks& check)
{
    check.that(late(40, false) == 0.5f, "a sound 100 ms late is played although the key is up");
    check.that(late(120, false) == 0.0f, "after 250 ms only if the key is still down");
    check.that(late(300, true) == 0.5f, "a held key waits longer");
}

/** Fresh mode where only Play mode's sound is there. */
void standIn(Checks& check)
{
    Bench bench(constant(4800));
    bench.settings.fresh = true;
    check.that(soundingFrames(bench.render(9600, noteOn(60))) == 0,
               "a key waits for its own sound while there may be an engine");
    bench.player.reset();
    bench.settings.hasEngine = false;
    check.that(soundingFrames(bench.render(9600, noteOn(60))) == 4800,
               "without an engine Play mode's sound stands in");
    bench.bank.publish(Place::key, bench.settings.soundKey.forKey(60, 0), constant(2400));
    bench.player.reset();
    check.that(soundingFrames(bench.render(9600, noteOn(60))) == 2400,
               "a key that has its own sound plays that");
}

void requests(Checks& check)
{
    Bench bench(nullptr);
    bench.settings.fresh = true;
    bench.settings.roundRobin = 2;
    bench.settings.soundKey.variation = 5;
    bool requested = true;
    const int steps[] = {0, 1, 0};

    for (const auto step : steps)
    {
        SoundKey soundKey;
        bench.render(128, noteOn(40));
        requested = requested && bench.player.requests.pop(soundKey) && soundKey.key == 40 &&
                    soundKey.step == step;
    }
    check.that(requested, "each note asks for its key and the next round-robin step");

    const auto soundKey = bench.settings.soundKey.forKey(40, 1);
    check.that(soundKey.seed() == 5 + 1000003 * 41 + 7919, "the seed of a key and step");
    check.that(bench.settings.soundKey.seed() == 5, "Play mode's seed is the variation");
    const auto high = SoundKey{0, 999999, {}, 127, 7};
    check.that(high.seed() == (999999 + 1000003 * 128 + 7919 * 7), "the highest seed fits");
}
/** A sound at a note, as long as it is high: a key's length shows which it plays and how shifted.
 */
starling::SoundPointer zone(int note)
{
    juce::AudioBuffer<float> audio(1, 100 * note);
    juce::FloatVectorOperations::fill(audio.getWritePointer(0), 0.5f, 100 * note);
    return std::make_shared<const Sound>(starling::SoundInfo{"zone", "{}", rate, note}, audio);
}

void zones(Checks& check)
{
    Bench bench(nullptr);
    auto& bank = bench.bank;
    const auto& soundKey = bench.settings.soundKey;
    const auto number = bank.publishPreset({0, 1, "p", "s"}, soundKey, zone(60));
    bank.publish(Place::zone, SoundKey::zone(number, 72), zone(72));
    const auto plays = [&](int key, int note, double shift)
    {
        const auto frames = soundingFrames(bench.render(24000, noteOn(key)));
        bench.render(128, noteOff(key));
        bench.player.reset();
        return std::abs(frames - 100.0 * note / std::exp2(shift / 12.0)) < 3.0;
    };
    check.that(plays(60, 60, 0.0) && plays(62, 60, 2.0) && plays(71, 72, -1.0),
               "a key plays the nearest zone, shifted by what is left");
    SoundKey next, last;

    while (bench.player.requests.pop(next))
        last = next;

    bench.render(64, noteOn(63));
    bench.player.requests.pop(last);
    check.that(last == SoundKey::zone(number, 64), "and asks for the zone within two semitones");
    bench.player.reset();

    bench.settings.root = 48; // the root key plays the middle
    check.that(plays(48, 60, 0.0) && plays(60, 72, 0.0), "the root note transposes the zones");
    bench.settings.root = 60;
    bench.settings.tracking = false;
    check.that(plays(72, 60, 0.0), "tracking off: all keys play the middle");
    bench.settings.tracking = true;

    bank.publish(Place::temporary, SoundKey::temporary(), zone(50));
    check.that(plays(72, 50, 22.0), "a temporary sound plays instead of all");
    bench.settings.playsTemporary = false;
    check.that(plays(72, 72, 0.0), "but not in a bounce");
    bench.settings.playsTemporary = true;
    bank.clearPlace(Place::temporary);
    check.that(plays(72, 72, 0.0), "nor after it has gone");

    bank.publishPreset({0, 2, "q", "s"}, soundKey, zone(60));
    check.that(plays(72, 60, 12.0), "another preset has none of its zones");
}
void eras(Checks& check)
{
    starling::SoundBank bank;
    const SoundKey soundKey;
    const auto before = bank.era();
    bank.clear(); // a project is loaded
    const auto sound = constant(100);
    check.that(!bank.publish(Place::current, soundKey, sound, before) &&
                   !bank.publish(Place::current, soundKey, nullptr, before) &&
                   bank.publishPreset({0, 1, "p", "s"}, soundKey, sound, before) == 0 &&
                   bank.held().empty() && !bank.hasRefused(soundKey),
               "a reply to a request of before the project was loaded changes nothing");
    check.that(bank.publish(Place::current, soundKey, sound, bank.era()) &&
                   bank.current().sound == sound,
               "one to a request of after it does");
    bank.beginLoad(); // the worker sees an empty bank, and requests
    const auto meanwhile = bank.era();
    const auto own = constant(200);
    bank.publishPreset({0, 1, "p", "s"}, soundKey, own);
    check.that(!bank.publish(Place::current, soundKey, sound, meanwhile) &&
                   bank.current().sound == own,
               "a reply while a project is being loaded changes nothing");
    bank.endLoad();
    check.that(!bank.publish(Place::current, soundKey, sound, meanwhile) &&
                   bank.publish(Place::current, soundKey, sound, bank.era()),
               "nor after it, unless it was requested then");
}
} // namespace

int checkPlayer(const Arguments&)
{
    Checks check;
    timing(check);
    pitch(check);
    envelope(check);
    cutting(check);
    pedal(check);
    lateSounds(check);
    standIn(check);
    requests(check);
    zones(check);
    eras(check);
    return check.exitCode();
}
} // namespace harness
