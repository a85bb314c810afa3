// Textures on the keys: notes that are held, short, pedalled, ended by the engine, stolen.
#include "harness/texture_bench.h"

namespace harness
{
namespace
{
using starling::TextureVoices;

void heldNote(Checks& check)
{
    TextureBench bench;
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
    TextureBench bench;
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

void ending(Checks& check)
{
    TextureBench bench;
    bench.render(480, noteOn(60));
    bench.fill(4000);
    bench.player.textures.feeds[0].ring.finish();

    for (int block = 0; block < 50; ++block)
        bench.render(480);

    check.that(bench.stops == 1 && !bench.player.textures.isActive(),
               "a texture that the engine ends gives its feed back");
    check.that(bench.player.textures.display.gaps == 0, "its end is no gap");
    check.that(bench.largestStep() <= smoothStep, "and fades");

    TextureBench refused;
    refused.render(480, noteOn(60));
    refused.player.textures.feeds[0].ring.finish();
    refused.render(480);
    check.that(refused.stops == 1 && refused.peak(0, 960) == 0.0f, "a refused one is silent");
}

void shortNote(Checks& check)
{
    TextureBench bench;
    bench.render(480, noteOn(60));
    bench.render(480, noteOff(60));
    bench.fill(4000);

    for (int block = 0; block < 60; ++block)
        bench.render(480);

    check.that(bench.peak(960, 2400) > 0.1f, "a key lifted before the first frame still sounds");
    check.that(bench.stops == 1, "and ends");

    TextureBench late;
    late.render(480, noteOn(60));
    late.render(480, noteOff(60));

    for (int block = 0; block < 30; ++block)
        late.render(480);

    check.that(late.stops == 1, "but not when its frames come too late");
}

void pedal(Checks& check)
{
    TextureBench bench;
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
    TextureBench bench;
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

    TextureBench stuck; // a worker that does not run frees no feed

    for (int note = 0; note < 60; ++note)
        stuck.render(240, noteOn(40 + note), false);

    check.that(stuck.starts <= TextureVoices::feedCount, "no feed is taken twice");
    stuck.player.reset();
    stuck.render(240);
    check.that(stuck.starts == stuck.stops, "and a reset gives all back");
}
} // namespace

int checkTextures(const Arguments&)
{
    Checks check;
    checkTextureRings(check);
    heldNote(check);
    pitch(check);
    ending(check);
    shortNote(check);
    pedal(check);
    stealing(check);
    return check.exitCode();
}
} // namespace harness
