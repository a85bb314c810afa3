// One sounding texture: a ring that fills while it plays, a position, an envelope. Audio thread
// only; knows no host.
#pragma once

#include "Audio/Playing/Voice.h"
#include "Audio/Textures/TextureFeed.h"

namespace starling
{
/** Plays a texture as long as its key is held. When the ring runs dry it fades out, waits until
    the ring is filled again and fades in. Audio thread only. */
class TextureVoice
{
  public:
    static constexpr double bufferSeconds = 0.06; // in the ring before it sounds
    static constexpr double fadeSeconds = 0.005;  // around a gap

    void start(TextureFeed& source, const NoteStart& start) noexcept;
    void noteOff() noexcept;

    /** Fade out within milliseconds and then stop: another note needs the place. */
    void fadeAway(double rate) noexcept;
    void stop() noexcept;

    /** Mix `frames` frames in; `shift` is tune and bend in semitones. Answers whether it ran dry.
     */
    bool render(float* left, float* right, int frames, double shift, const VoiceSettings& settings,
                const Interpolator& interpolator) noexcept;

    /** Whether the ring holds what render() will need for so many frames; the feed learns of it. */
    bool isReadyFor(int frames, double shift, double outputRate) noexcept;

    bool isActive() const noexcept { return feed != nullptr; }
    bool isFading() const noexcept { return fadeStep > 0.0f; }
    const NoteStart& info() const noexcept { return note; }

    /** Seconds of sound in the ring, as fast as the voice plays it. */
    float ahead() const noexcept;

    bool held = false;      // the key is down
    bool sustained = false; // the key is up, the pedal holds it

  private:
    enum class Flow
    {
        waiting, // for the ring to fill
        rising,
        playing,
        falling // the ring is about to run dry
    };

    double speedFor(double shift, double outputRate) const noexcept;
    void beginIfFilled(double speed, double outputRate) noexcept;
    bool waitLonger(int frames, double outputRate) noexcept;
    float flowGain(double framesLeft, double fadeFrames) noexcept;
    float sampleAt(const Kernel& kernel) const noexcept;

    TextureFeed* feed = nullptr;
    NoteStart note;
    Envelope envelope;
    Flow flow = Flow::waiting;
    bool hasSounded = false;
    int age = 0, heldFor = -1; // frames before it sounded
    double position = 0.0;     // frames of the texture
    float level = 0.0f;        // of the flow
    float fade = 1.0f, fadeStep = 0.0f;
};
} // namespace starling
