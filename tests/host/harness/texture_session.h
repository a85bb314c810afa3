// A session whose keys play textures, and what is heard of it.
#pragma once

#include "harness/session.h"

namespace harness
{
/** A session whose notes hold a texture, and all that it played. */
struct Textures
{
    static constexpr float quiet = 1e-4f;

    Session session;
    std::vector<float> heard;

    Textures()
    {
        session.host.afterBlock = [this]
        {
            const auto* samples = session.host.audio.getReadPointer(0);
            heard.insert(heard.end(), samples, samples + Host::block);
        };
    }

    starling::PluginProcessor& plugin() { return session.host.plugin; }
    starling::TextureView view() { return plugin().engine.view().texture; }
    int gaps() { return plugin().player.textures.display.gaps; }

    bool connect()
    {
        const auto found =
            session.connect() &&
            session.host.waitUntil([this] { return !view().models.empty(); }, Session::patience);
        session.host.set("texture", 1.0f);
        session.host.set("release", 0.05f);
        return found;
    }

    bool isLoud() const
    {
        return !heard.empty() && peak(heard.size() - Host::block, heard.size()) > quiet;
    }

    float peak(size_t from, size_t to) const
    {
        auto result = 0.0f;

        for (auto n = from; n < to; ++n)
            result = juce::jmax(result, std::abs(heard[n]));

        return result;
    }

    float largestStep(size_t from, size_t to) const
    {
        auto result = 0.0f;

        for (auto n = juce::jmax<size_t>(1, from); n < to; ++n)
            result = juce::jmax(result, std::abs(heard[n] - heard[n - 1]));

        return result;
    }

    /** Press a key and wait for its sound; the milliseconds that it took, or -1. */
    double press(int key)
    {
        const auto began = juce::Time::getMillisecondCounterHiRes();
        session.host.process(noteOn(key));
        const auto came = session.host.waitUntil([this] { return isLoud(); }, Session::patience);
        return came ? juce::Time::getMillisecondCounterHiRes() - began : -1.0;
    }

    bool lift(int key)
    {
        session.host.process(noteOff(key));
        return session.host.waitUntil(
            [this] { return !plugin().player.textures.isActive() && !isLoud(); }, 5.0);
    }
};
} // namespace harness
