// A player of textures without an engine: the harness fills its rings as the worker does.
#pragma once

#include "harness/harness.h"

namespace harness
{
/** A player of textures that are sines of 200 Hz. The harness is its worker. */
struct TextureBench
{
    static constexpr double rate = 48000.0, textureRate = 16000.0;
    static constexpr double pi = juce::MathConstants<double>::pi;
    static constexpr float amplitude = 0.5f;

    starling::SoundBank bank;
    starling::Player player{bank};
    starling::PlayerSettings settings;
    std::vector<float> heard;
    int starts = 0, stops = 0;

    TextureBench()
    {
        settings.texture = true;
        player.prepare(rate);
    }

    /** Render; the notes that come of it are answered at once. */
    void render(int frames, const juce::MidiBuffer& midi = {}, bool frees = true)
    {
        juce::AudioBuffer<float> audio(2, frames);
        audio.clear();
        player.render(audio, midi, settings);
        heard.insert(heard.end(), audio.getReadPointer(0), audio.getReadPointer(0) + frames);

        for (starling::TextureRequest request; player.textures.requests.pop(request);)
        {
            auto& feed = player.textures.feeds[static_cast<size_t>(request.feed)];
            (request.starts ? starts : stops) += 1;

            if (request.starts)
                feed.rate = textureRate;
            else
                feed.isTaken = !frees;
        }
    }

    void fill(int frames, int feedIndex = 0)
    {
        auto& ring = player.textures.feeds[static_cast<size_t>(feedIndex)].ring;
        std::vector<float> tone;

        for (int n = 0; n < juce::jmin(frames, ring.space()); ++n)
            tone.push_back(amplitude * static_cast<float>(std::sin(
                                           2.0 * pi * 200.0 *
                                           static_cast<double>(ring.written() + n) / textureRate)));

        ring.write(tone.data(), static_cast<int>(tone.size()));
    }

    /** Everything that plays is filled for the next block. */
    void fillAll(int frames)
    {
        for (int i = 0; i < starling::TextureVoices::feedCount; ++i)
            if (player.textures.feeds[static_cast<size_t>(i)].isTaken)
                fill(frames, i);
    }

    float largestStep(size_t from = 1) const
    {
        auto step = 0.0f;

        for (auto n = juce::jmax<size_t>(1, from); n < heard.size(); ++n)
            step = juce::jmax(step, std::abs(heard[n] - heard[n - 1]));

        return step;
    }

    float peak(size_t from, size_t to) const
    {
        auto result = 0.0f;

        for (auto n = from; n < juce::jmin(to, heard.size()); ++n)
            result = juce::jmax(result, std::abs(heard[n]));

        return result;
    }
};

/** The largest step of a sine of 200 Hz itself, and of a fade of 5 ms on top. */
inline const float smoothStep =
    TextureBench::amplitude *
    static_cast<float>(2.0 * TextureBench::pi * 200.0 / TextureBench::rate + 1.0 / 240.0);

/** The half of `textures` that is about rings: it has a file of its own. */
void checkTextureRings(Checks& check);
} // namespace harness
