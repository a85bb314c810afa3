// What a bounce waits for: the sounds of its notes, and the frames of textures. The audio thread,
// where the host has set that it is not in real time.
#include "PluginProcessor.h"

namespace starling
{
namespace
{
constexpr double bouncePatienceMs = 30000.0; // one sound; a cold engine needs most of it
constexpr double blockPatienceMs = 60000.0;  // all sounds of a block
constexpr double repeatMs = 500.0;           // a request may get lost when the engine restarts
constexpr int pieceFrames = 512;             // what a ring must hold at once, however high the key
} // namespace

void PluginProcessor::waitForSounds(const juce::MidiBuffer& midi)
{
    std::array<SoundKey, 256> needed;
    const auto started = juce::Time::getMillisecondCounterHiRes();
    auto requestedAt = 0.0;

    for (;;)
    {
        engine.audioRan(true, true);

        // Read anew each time: the worker sets a new instance's controls when it learns the model.
        const auto count =
            player.keysOf(midi, readSettings(), needed.data(), static_cast<int>(needed.size()));

        const auto missing = missingSounds(needed.data(), count);
        const auto now = juce::Time::getMillisecondCounterHiRes();
        const auto patience = juce::jmin(blockPatienceMs, bouncePatienceMs * missing);

        if (missing == 0 || !engine.isHopeful() || now - started > patience)
            return;

        if (now - requestedAt > repeatMs)
        {
            requestedAt = now;

            for (int i = 0; i < count; ++i)
                if (!bank.holds(needed[static_cast<size_t>(i)]))
                    player.requests.push(needed[static_cast<size_t>(i)]);
        }
        juce::Thread::sleep(1);
    }
}

int PluginProcessor::missingSounds(const SoundKey* needed, int count) noexcept
{
    player.takeIn();
    auto missing = 0;

    for (int i = 0; i < count; ++i)
        if (!bank.holds(needed[i]) && !bank.failed(needed[i]) &&
            std::find(needed, needed + i, needed[i]) == needed + i)
            ++missing;

    return missing;
}

/*  An event begins a new piece, so that a texture's first frames are there when its note starts. */
void PluginProcessor::renderInPieces(juce::AudioBuffer<float>& output)
{
    const auto frames = output.getNumSamples();
    auto event = events.begin();

    for (int done = 0;;)
    {
        for (piece.clear(); event != events.end(); ++event)
            if (const auto next = *event; juce::jmin(frames, next.samplePosition) <= done)
                piece.addEvent(next.data, next.numBytes, 0);
            else
                break;

        const auto next = event == events.end() ? frames : (*event).samplePosition;
        const auto size = juce::jmin(juce::jmin(frames, next) - done, pieceFrames);
        const auto part = [&](int length)
        {
            return juce::AudioBuffer<float>(output.getArrayOfWritePointers(),
                                            output.getNumChannels(), done, length);
        };
        auto none = part(0), some = part(size);
        player.render(none, piece, readSettings());
        waitForTextures(size);
        player.render(some, {}, readSettings());
        done += size;

        if (done >= frames && event == events.end())
            return;
    }
}

void PluginProcessor::waitForTextures(int frames)
{
    const auto started = juce::Time::getMillisecondCounterHiRes();

    while (frames > 0 && !player.areTexturesReadyFor(frames, readSettings()))
    {
        engine.audioRan(true, true);

        if (!engine.isHopeful())
            return; // they are silent until there is an engine again

        if (juce::Time::getMillisecondCounterHiRes() - started > bouncePatienceMs)
            return player.dropUnready(frames, readSettings());

        juce::Thread::sleep(1);
    }
}
} // namespace starling
