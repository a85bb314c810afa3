// The textures that sound: which note has which feed, which is stolen. Audio thread only, except
// where noted; knows no host, so tests/host drives it directly.
#pragma once

#include "Audio/Midi/Channels.h"
#include "Audio/Textures/TextureVoice.h"

namespace starling
{
/** For the editor. Written by the audio thread, read by any. */
struct TextureDisplay
{
    std::atomic<int> voices{0};
    std::atomic<float> ahead{0.0f}; // seconds in the ring of the newest
    std::atomic<int> gaps{0};       // how often a ring ran dry
};

/** Eight voices and feeds for those that fade away. Audio thread only. */
class TextureVoices
{
  public:
    static constexpr int maxVoices = 8, feedCount = 16;

    /** Start a note; with eight sounding, the oldest fades away for it. A note that finds no feed,
        as so many have just ended, is dropped. */
    void start(const NoteStart& note, int seed, double rate, bool isBounce) noexcept;
    void noteOff(int channel, int note, bool pedal) noexcept;

    /** Let go of what no pedal holds any more; `keysToo`: of keys that are down as well. */
    void release(int channel, bool keysToo, const HeldKeys& pedals) noexcept;
    void silence(int channel, double rate) noexcept;
    void reset() noexcept;

    void render(float* left, float* right, int frames, const ChannelsNow& now,
                const VoiceSettings& settings, const Interpolator& interpolator) noexcept;

    /** A bounce: whether every ring holds what the next `frames` frames need. */
    bool areReadyFor(int frames, const ChannelsNow& now, double rate) noexcept;

    /** Stop the voices whose rings do not fill: a bounce goes on without them. */
    void giveUpWaiting(int frames, const ChannelsNow& now, double rate) noexcept;

    /** From now on in real time, or as fast as the frames come. */
    void setBounce(bool isBounce) noexcept;

    bool isActive() const noexcept;

    /** The newest note is the one of this feed; -1 before the first. Any thread. */
    int newestFeed() const noexcept { return newest.load(); }

    std::array<TextureFeed, feedCount> feeds; // the worker fills them
    TextureQueue requests;                    // read by the worker
    TextureDisplay display;

  private:
    bool sounds(int index) const noexcept;
    int sounding() const noexcept;
    void stealOldest(double rate) noexcept;
    void giveBackStopped() noexcept;

    std::array<TextureVoice, feedCount> voices; // each with the feed at its index
    std::array<bool, feedCount> hasFeed{};      // until its request to stop has left
    juce::uint64 notes = 0;
    std::atomic<int> newest{-1};
};
} // namespace starling
