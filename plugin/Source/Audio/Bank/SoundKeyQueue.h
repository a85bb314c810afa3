// The sounds that notes need, on their way from the audio thread to the worker.
#pragma once

#include "Audio/Bank/SoundKey.h"

#include <juce_core/juce_core.h>

namespace starling
{
/** A lock-free queue with one writer, the audio thread, and one reader, the worker. */
class SoundKeyQueue
{
  public:
    /** Audio thread. When it is full the request is dropped: the key's next note repeats it. */
    void push(const SoundKey& soundKey) noexcept
    {
        const auto scope = fifo.write(1);

        if (scope.blockSize1 == 1)
            keys[static_cast<size_t>(scope.startIndex1)] = soundKey;
    }

    /** Worker: false when there is none. */
    bool pop(SoundKey& out) noexcept
    {
        if (fifo.getNumReady() == 0)
            return false;

        const auto scope = fifo.read(1);
        out = keys[static_cast<size_t>(scope.startIndex1)];
        return true;
    }

  private:
    static constexpr int size = 1024; // seconds of the densest playing

    // Written by push() on the audio thread, read by pop() on the worker, every few milliseconds.
    juce::AbstractFifo fifo{size};
    std::array<SoundKey, size> keys;
};
} // namespace starling
