// The samples of a texture on their way from the worker to the audio thread.
#pragma once

#include <juce_core/juce_core.h>

#include <atomic>

namespace starling
{
/** A lock-free ring of mono samples, numbered from the texture's first frame on. One writer, the
    worker; one reader, the audio thread. */
class SampleRing
{
  public:
    static constexpr int capacity = 1 << 18; // 5 s at 48 kHz
    static constexpr int reach = 16;         // frames an interpolator needs on each side

    /** While no other thread uses the ring. */
    void clear() noexcept
    {
        heard = 0;
        end = 0;
        isFinished = false;
    }

    // -- worker thread -------------------------------------------------------------------------
    /** Frames that there is room for. */
    int space() const noexcept
    {
        const auto held = end.load() - heard.load(std::memory_order_acquire) + 2 * reach;
        return static_cast<int>(juce::jmax<juce::int64>(0, capacity - held));
    }

    /** Append frames; at most space() of them. */
    void write(const float* source, int frames) noexcept
    {
        const auto first = end.load(std::memory_order_relaxed);

        for (int n = 0; n < frames; ++n)
            samples[(first + n) & mask] = source[n];

        end.store(first + frames, std::memory_order_release);
    }

    /** Nothing more will be written. */
    void finish() noexcept { isFinished.store(true, std::memory_order_release); }

    // -- the audio thread ----------------------------------------------------------------------
    /** A frame from `reach` before the last one given to keepFrom() to before written(); silence
        before the texture's first. */
    float at(juce::int64 frame) const noexcept { return frame < 0 ? 0.0f : samples[frame & mask]; }

    /** Frames more than `reach` before this one are not read any more. */
    void keepFrom(juce::int64 frame) noexcept { heard.store(frame, std::memory_order_release); }

    // -- any thread ----------------------------------------------------------------------------
    juce::int64 written() const noexcept { return end.load(std::memory_order_acquire); }
    juce::int64 heardFrames() const noexcept { return heard.load(std::memory_order_acquire); }
    bool finished() const noexcept { return isFinished.load(std::memory_order_acquire); }

  private:
    static constexpr juce::int64 mask = capacity - 1;

    juce::HeapBlock<float> samples{static_cast<size_t>(capacity), true};
    std::atomic<juce::int64> heard{0}; // written by keepFrom() on the audio thread
    std::atomic<juce::int64> end{0};   // written by write() on the worker
    std::atomic<bool> isFinished{false};
};
} // namespace starling
