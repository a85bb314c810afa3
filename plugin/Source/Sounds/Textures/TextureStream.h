// One texture on its way from the engine's growing file to a voice's ring. Worker thread only.
#pragma once

#include "Audio/Textures/TextureFeed.h"
#include "Engine/EngineLink.h"
#include "Sounds/Textures/TextureControls.h"

namespace starling
{
/** The worker's side of a feed. Worker thread only. */
class TextureStream
{
  public:
    enum class Stage
    {
        free,
        missing,   // a note waits for its stream
        requested, // the engine makes it
        running,
        ended // the engine made an end of it; what it wrote still plays
    };

    /** What was heard of an engine's stream. */
    struct Heard
    {
        int stream = 0, frames = 0, rate = 0;
    };

    /** A note starts: it needs a stream of this seed. */
    void begin(TextureFeed& itsFeed, int itsSeed);

    void requested(int request, ControlValues controls);

    /** The engine's answer to the request; false when its file cannot be read. */
    bool open(const osc::Message& done);

    /** The engine is gone. The voice fades when its ring is empty and goes on with a new stream of
        the same seed: from that one's start, or in a bounce from where it was. */
    void lose();

    /** No more will come: what is in the ring plays to its end. */
    void finish();

    /** The engine ended it with so many frames in the file. */
    void endAt(int frames);

    /** The note is over; the feed is free. */
    void release();

    /** Move what is new in the file to the ring. */
    void copy();

    /** How many frames the engine must be told of now, if any. */
    std::optional<int> untilDue(bool haveControlsMoved, double nowMs) const;

    void paced(int frames, ControlValues controls, double nowMs);

    Stage stage() const { return now; }
    int seed() const { return itsSeed; }
    int id() const { return stream; }
    int request() const { return requestId; }
    int until() const { return wantedUntil; }
    const ControlValues& lastControls() const { return sent; }
    bool isBounce() const { return feed->wanted.load() >= 0; }
    Heard heard() const;

  private:
    juce::int64 nextFrame() const { return feed->ring.written() - base; }
    int framesInFile() const;
    int untilForBounce() const;

    TextureFeed* feed = nullptr;
    Stage now = Stage::free;
    int itsSeed = 0, stream = 0, requestId = 0;
    juce::int64 base = 0; // frame of the ring that is the stream's first
    int rate = 0, wantedUntil = 0, endFrames = -1;
    double pacedAt = 0.0;
    ControlValues sent;
    juce::File file;
    std::unique_ptr<juce::FileInputStream> input;
    std::vector<float> block;
};
} // namespace starling
