// Sounds that a project is saved with, and whether they came back.
#pragma once

#include "harness/harness.h"

namespace harness
{
inline starling::SoundPointer noise(int channels, int frames, int seed)
{
    juce::Random random(seed);
    juce::AudioBuffer<float> audio(channels, frames);

    for (int c = 0; c < channels; ++c)
        for (int n = 0; n < frames; ++n)
            audio.setSample(c, n, random.nextFloat() * 2.0f - 1.0f);

    return std::make_shared<const starling::Sound>(
        starling::SoundInfo{"noise" + juce::String(seed), "{\"seed\":1}", 44100.0, 48}, audio);
}

inline bool same(const starling::Sound& a, const starling::Sound& b)
{
    auto equal = a.frames() == b.frames() && a.channels() == b.channels() &&
                 a.info.id == b.info.id && a.info.recipe == b.info.recipe &&
                 a.info.rate == b.info.rate && a.info.root == b.info.root;

    for (int c = 0; equal && c < a.channels(); ++c)
        equal = std::equal(a.channel(c), a.channel(c) + a.frames(), b.channel(c));

    return equal;
}

/** The half of `state` about older, newer and damaged projects: it has a file of its own. */
void checkForeignState(Checks& check);
} // namespace harness
