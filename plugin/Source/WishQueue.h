// Wishes of notes on their way from the audio thread to the worker.
#pragma once

#include "Wanted.h"

#include <juce_core/juce_core.h>

namespace starling
{
/** Written by the audio thread as notes come, read by the worker every few milliseconds. */
class WishQueue
{
  public:
    /** Audio thread. When it is full the wish is dropped: the key's next note asks again. */
    void push(const Wanted& wanted) noexcept
    {
        const auto scope = fifo.write(1);

        if (scope.blockSize1 == 1)
            wishes[static_cast<size_t>(scope.startIndex1)] = wanted;
    }

    /** Worker: false when there is none. */
    bool pop(Wanted& out) noexcept
    {
        if (fifo.getNumReady() == 0)
            return false;

        const auto scope = fifo.read(1);
        out = wishes[static_cast<size_t>(scope.startIndex1)];
        return true;
    }

  private:
    static constexpr int size = 1024; // seconds of the densest playing

    juce::AbstractFifo fifo{size};
    std::array<Wanted, size> wishes;
};
} // namespace starling
