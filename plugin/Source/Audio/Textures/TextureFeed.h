// What the audio thread and the worker tell each other about textures. Nothing here locks.
#pragma once

#include "Audio/Textures/SampleRing.h"

#include <array>

namespace starling
{
/** One voice's texture. The audio thread takes a feed that is free, the worker fills its ring and
    frees it after the voice has ended. */
struct TextureFeed
{
    SampleRing ring;

    // Written by the audio thread.
    std::atomic<double> pace{0.0};       // frames of the texture that a second of sound takes
    std::atomic<juce::int64> wanted{-1}; // a bounce needs the frames before this; -1: real time

    // Written by the worker.
    std::atomic<double> rate{0.0}; // of the texture in Hz; 0: not known yet

    // Set by the audio thread when a note starts, cleared by the worker when it is done with it.
    std::atomic<bool> isTaken{false};

    /** While no other thread uses the feed. */
    void clear(bool isBounce) noexcept
    {
        ring.clear();
        pace = 0.0;
        wanted = isBounce ? 0 : -1;
        rate = 0.0;
    }
};

/** A note that starts or ends. */
struct TextureRequest
{
    int feed = 0;
    bool starts = false;
    int seed = 0; // of a note that starts
};

/** Notes on their way to the worker: a lock-free queue with one writer, the audio thread, and one
    reader, the worker. It is never full: a feed is not taken again before the worker has read that
    its note ended. */
class TextureQueue
{
  public:
    void push(const TextureRequest& request) noexcept
    {
        const auto scope = fifo.write(1);
        jassert(scope.blockSize1 == 1);

        if (scope.blockSize1 == 1)
            requests[static_cast<size_t>(scope.startIndex1)] = request;
    }

    /** Worker: false when there is none. */
    bool pop(TextureRequest& out) noexcept
    {
        if (fifo.getNumReady() == 0)
            return false;

        const auto scope = fifo.read(1);
        out = requests[static_cast<size_t>(scope.startIndex1)];
        return true;
    }

  private:
    static constexpr int size = 64; // two a feed, and more

    // Written by push() on the audio thread, read by pop() on the worker, every few milliseconds.
    juce::AbstractFifo fifo{size};
    std::array<TextureRequest, size> requests;
};
} // namespace starling
