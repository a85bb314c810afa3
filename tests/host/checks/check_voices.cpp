// Stealing, interpolation quality, and the handover of sounds between threads.
#include "harness/harness.h"

#include <set>

namespace harness
{
namespace
{
using starling::Place;
using starling::Player;
using starling::PlayerSettings;
using starling::Sound;
using starling::SoundBank;

constexpr double pi = juce::MathConstants<double>::pi;

starling::SoundPointer sine(double frequency, double rate, int frames, const char* id = "sine")
{
    juce::AudioBuffer<float> audio(1, frames);

    for (int n = 0; n < frames; ++n)
        audio.setSample(0, n, static_cast<float>(0.5 * std::sin(2.0 * pi * frequency * n / rate)));

    return std::make_shared<const Sound>(starling::SoundInfo{id, "{}", rate, 60}, audio);
}

juce::AudioBuffer<float> play(starling::SoundPointer sound, double outputRate, int note, int frames)
{
    SoundBank bank;
    Player player(bank);
    player.prepare(outputRate);
    bank.publish(Place::current, {}, std::move(sound));
    juce::AudioBuffer<float> audio(2, frames);
    audio.clear();
    player.render(audio, noteOn(note), {});
    return audio;
}

/** Level of what is left after taking out a sine of this frequency, in dB below
 * it. */
double distance(const juce::AudioBuffer<float>& audio, double frequency, double rate)
{
    const int begin = 1000, size = audio.getNumSamples() - 2 * begin;
    double in = 0.0, out = 0.0, total = 0.0;

    for (int n = 0; n < size; ++n)
    {
        const auto x = static_cast<double>(audio.getSample(0, begin + n));
        const auto window = 1.0 - std::cos(2.0 * pi * n / size); // Hann keeps the fit local
        in += window * x * std::sin(2.0 * pi * frequency * n / rate);
        out += window * x * std::cos(2.0 * pi * frequency * n / rate);
        total += window * x * x;
    }
    const auto tone = 2.0 * (in * in + out * out) / size;
    return 10.0 * std::log10(tone / juce::jmax(1e-12 * tone, total - tone));
}

void interpolation(Checks& check)
{
    const auto resampled = play(sine(1000.0, 44100.0, 60000), 48000.0, 60, 48000);
    const auto shifted = play(sine(1000.0, 48000.0, 60000), 48000.0, 67, 30000);
    const auto up = play(sine(18000.0, 48000.0, 60000), 48000.0, 72, 20000);
    const auto a = distance(resampled, 1000.0, 48000.0);
    const auto b = distance(shifted, 1000.0 * std::exp2(7.0 / 12.0), 48000.0);
    const auto alias = juce::Decibels::gainToDecibels(up.getMagnitude(0, 1000, 18000) / 0.5f);
    std::printf("     44.1 to 48 kHz %.1f dB, a fifth up %.1f dB, alias %.1f dB\n", a, b, alias);
    check.that(a > 90.0, "1 kHz at another rate: noise and distortion below -90 dB");
    check.that(b > 90.0, "1 kHz a fifth up: below -90 dB");
    check.that(alias < -60.0f, "18 kHz an octave up: its alias is below -60 dB");
}

void stealing(Checks& check)
{
    SoundBank bank;
    Player player(bank);
    player.prepare(48000.0);
    bank.publish(Place::current, {}, sine(100.0, 48000.0, 480000));
    PlayerSettings settings;
    settings.tracking = false;
    auto most = 0;
    auto jump = 0.0f, last = 0.0f;

    for (int i = 0; i < 100; ++i)
    {
        juce::AudioBuffer<float> audio(2, 480);
        audio.clear();
        player.render(audio, noteOn(20 + i, 40), settings);
        most = juce::jmax(most, player.display.voices.load());

        for (int n = 0; n < 480; ++n)
        {
            jump = juce::jmax(jump, std::abs(audio.getSample(0, n) - last));
            last = audio.getSample(0, n);
        }
    }
    std::printf("     %d voices, largest step %.4f\n", most, static_cast<double>(jump));
    check.that(most == starling::VoicePool::maxVoices, "32 voices sound, not more");
    check.that(jump < 0.05f, "stealing does not click");
}

void handover(Checks& check)
{
    SoundBank bank;
    Player player(bank);
    player.prepare(48000.0);
    juce::AudioBuffer<float> audio(2, 128);
    std::weak_ptr<const Sound> first, previous;
    std::set<juce::String> dropped;
    constexpr int sounds = 20000; // more than the rings hold: nothing may get lost or stuck

    for (int i = 0; i < sounds; ++i)
    {
        auto sound = sine(100.0, 48000.0, 64, juce::String(i).toRawUTF8());
        (i == 0 ? first : previous) = sound;
        bank.publish(Place::current, {}, std::move(sound));

        if (i > sounds / 2) // until then no block runs, as in a host that is not playing
        {
            audio.clear();
            player.render(audio, noteOn(60), {});

            for (const auto& id : bank.collect())
                dropped.insert(id);
        }
    }

    for (int i = 0; i < 8; ++i)
    {
        player.render(audio, {}, {});

        for (const auto& id : bank.collect())
            dropped.insert(id);
    }
    check.that(first.expired(), "a replaced sound is freed");
    check.that(!previous.expired() && bank.current().sound == previous.lock(),
               "the last one stays");
    check.that(static_cast<int>(dropped.size()) == sounds - 1, "every other sound was reported");
}
} // namespace

int checkVoices(const Arguments&)
{
    Checks check;
    interpolation(check);
    stealing(check);
    handover(check);
    return check.exitCode();
}
} // namespace harness
