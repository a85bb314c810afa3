// The rings of textures: between two threads, filled late, run dry, waited for by a bounce.
#include "harness/texture_bench.h"

#include <thread>

namespace harness
{
namespace
{
using starling::SampleRing;

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

void gap(Checks& check)
{
    TextureBench bench;
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
    TextureBench bench;
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

void bounce(Checks& check)
{
    TextureBench bench;
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
        TextureBench other;
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

    TextureBench lost;
    lost.settings.isBounce = true;
    lost.render(0, noteOn(60));
    lost.player.dropUnready(512, lost.settings);
    lost.render(512);
    check.that(lost.stops == 1, "what does not come is dropped");
}
} // namespace

void checkTextureRings(Checks& check)
{
    ring(check);
    gap(check);
    randomGaps(check);
    bounce(check);
}
} // namespace harness
