// One sounding note: a sound, a position, an envelope. Audio thread only; knows no host.
#pragma once

#include "Audio/Bank/SoundBank.h"
#include "Audio/Playing/Envelope.h"
#include "Audio/Playing/Interpolator.h"

namespace starling
{
/** What stays the same for all voices between two events. */
struct VoiceSettings
{
    EnvelopeSteps envelope;
    double rate = 44100.0; // of the output
};

/** What a note-on decides. */
struct NoteStart
{
    int channel = 0, note = 60;
    float gain = 1.0f;                // from the velocity
    double shift = 0.0;               // semitones, without tune and bend
    float from = 0.0f, length = 1.0f; // fractions, as the parameters are
    int releaseAfter = -1;            // frames until its note-off, when that came already
    juce::uint64 order = 0;           // rises with every note
};

/** A voice of the pool. Audio thread only. */
class Voice
{
  public:
    /** Retains the delivery until stop(). */
    void start(Delivery& delivery, SoundBank& bank, const NoteStart& start) noexcept;

    /** Begin the release, unless it has begun. */
    void noteOff() noexcept
    {
        held = false;
        envelope.release();
    }

    /** Fade out within milliseconds and then stop: another note needs the place. */
    void fadeAway(double rate) noexcept;
    void stop() noexcept;

    /** Mix `frames` frames in; `shift` is tune and bend in semitones. */
    void render(float* left, float* right, int frames, double shift, const VoiceSettings& settings,
                const Interpolator& interpolator) noexcept;

    bool isActive() const noexcept { return delivery != nullptr; }
    bool isFading() const noexcept { return fadeStep > 0.0f; }
    bool isReleased() const noexcept { return envelope.isReleased(); }
    float level() const noexcept { return envelope.value() * note.gain; }
    const NoteStart& info() const noexcept { return note; }
    const SoundKey& plays() const noexcept { return delivery->soundKey; } // while active

    /** 0..1 through the sound, for the waveform view. */
    float progress() const noexcept
    {
        return isActive() ? static_cast<float>(position / delivery->sound->frames()) : -1.0f;
    }

    bool held = false;      // the key is down
    bool sustained = false; // the key is up, the pedal holds it

  private:
    float edgeGain(double speed) const noexcept;

    Delivery* delivery = nullptr;
    SoundBank* owner = nullptr;
    NoteStart note;
    Envelope envelope;
    double position = 0.0, first = 0.0, last = 0.0; // source frames
    float fade = 1.0f, fadeStep = 0.0f;
};
} // namespace starling
