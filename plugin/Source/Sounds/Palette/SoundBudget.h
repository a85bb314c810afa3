// How much memory the sounds of a project may take once they are decoded.
#pragma once

#include <juce_core/juce_core.h>

namespace starling
{
/** A minute of silence is 3 kB of FLAC and 92 MB of samples: what a project's sounds take must not
    grow beyond what its bytes could hold. One budget is for one project. */
class SoundBudget
{
  public:
    /** Samples that any project may hold: six minutes of stereo at 48 kHz. */
    static constexpr juce::int64 free = 1 << 25;

    /** And for each byte of FLAC; music has about one, noise a third of one. */
    static constexpr juce::int64 perByte = 16;

    /** Whether there is room for this sound as well; false too for what is no FLAC of ours, which
        says how long it is. */
    bool allows(const juce::MemoryBlock& flac);

  private:
    juce::int64 left = free;
};
} // namespace starling
