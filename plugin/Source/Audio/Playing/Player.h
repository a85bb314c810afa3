// MIDI and sounds to audio: 32 voices, sample-accurate, never waiting. Audio thread only, except
// where noted; knows no host, so tests/host drives it directly.
#pragma once

#include "Audio/Bank/SoundKeyQueue.h"
#include "Audio/Chips/Chips.h"
#include "Audio/Midi/Channels.h"
#include "Audio/Playing/VoicePool.h"
#include "Audio/Textures/TextureVoices.h"

#include <juce_audio_basics/juce_audio_basics.h>

namespace starling
{
/** The parameters as the player needs them, read once a block. */
struct PlayerSettings
{
    SoundKey soundKey;          // Play mode's sound; Fresh mode adds key and step
    bool fresh = false;         // each key and round-robin step has its own sound
    bool hasEngine = true;      // sounds that are not there may still come
    bool playsTemporary = true; // a temporary sound in the bank plays instead: not in a bounce
    bool keyed = false;    // the model makes a sound for its key, so that key plays it unshifted
    bool texture = false;  // a note plays a texture as long as its key is held
    bool isBounce = false; // textures are not in real time
    bool chip = false;     // a note plays a voice of the NES chip, whatever else is set
    bool tracking = true;
    int root = 60, roundRobin = 4;
    float tune = 0.0f, start = 0.0f, length = 1.0f;
    EnvelopeTimes envelope;
    ChipSettings chips;
};

/** What happens to be playing, for the editor. Written by the audio thread, read by any. */
struct PlayerDisplay
{
    std::atomic<int> voices{0};
    std::atomic<float> progress{-1.0f};                // of the newest note, 0..1
    std::atomic<int> key{SoundKey::everyKey}, step{0}; // whose sound the newest note plays
    std::array<std::atomic<juce::uint64>, 2> keysDown{};
};

/** Turns MIDI into audio from the sounds in the bank. Audio thread, except prepare(). */
class Player
{
  public:
    /** A note whose sound is not there yet still starts if the sound comes while the key is held,
        or within this long of the note-on. */
    static constexpr double patienceSeconds = 0.25;

    explicit Player(SoundBank& soundBank) : bank(soundBank) {}

    /** Not while render runs. */
    void prepare(double sampleRate);

    /** Silence, no pending notes, controllers reset as by 121, and as rewind(). */
    void reset() noexcept;

    /** First step of every round robin, and the vibrato from its beginning. */
    void rewind() noexcept;

    /** Put sounds that arrived into their places; render does so too. */
    void takeIn() noexcept;

    /** Mix `audio.getNumSamples()` frames of the first two channels. */
    void render(juce::AudioBuffer<float>& audio, const juce::MidiBuffer& midi,
                const PlayerSettings& settings) noexcept;

    /** The sounds that the notes in `midi` need, as render would find them: a bounce waits for
        these. Answers how many. */
    int keysOf(const juce::MidiBuffer& midi, const PlayerSettings& settings, SoundKey* out,
               int size) const noexcept;

    /** A bounce: whether the textures that sound hold what the next `frames` frames need. */
    bool areTexturesReadyFor(int frames, const PlayerSettings& settings) noexcept;

    /** A bounce: go on without the textures that are not ready. */
    void dropUnready(int frames, const PlayerSettings& settings) noexcept;

    SoundKeyQueue requests; // written by noteOn for what is not held, read by the worker
    TextureVoices textures; // their feeds are shared with the worker
    Chips chips;
    PlayerDisplay display;

  private:
    struct Pending // a note waiting for its sound
    {
        bool used = false, down = false;
        SoundKey soundKey;
        NoteStart note;
        int age = 0, heldFor = 0; // frames
    };

    static constexpr int maxPending = 64;

    void renderVoices(float* left, float* right, int frames) noexcept;
    void renderPart(float* left, float* right, int frames) noexcept;
    void handle(const juce::uint8* data, int size) noexcept;
    void noteOn(int channel, int note, int velocity) noexcept;
    void startTexture(const NoteStart& start, int step) noexcept;
    void noteOff(int channel, int note) noexcept;
    void controller(int channel, int number, int value) noexcept;
    void obey(int channel, int number, int value) noexcept;
    void releaseChannel(int channel, bool keysToo) noexcept;
    void liftKeys(int channel) noexcept;
    void silenceChannel(int channel) noexcept;
    void startPreview(Delivery& delivery) noexcept;
    void startPending() noexcept;
    void agePending(int frames) noexcept;
    void showKey(int note, bool down) noexcept;
    void showVoices() noexcept;
    SoundKey keyFor(int note, int step, const PlayerSettings& now) const noexcept;
    bool playsZones(const PlayerSettings& now) const noexcept;
    int pitchOf(int note, const PlayerSettings& now) const noexcept;
    Delivery* soundFor(const SoundKey& soundKey, NoteStart& start) const noexcept;
    int stepOf(int note) const noexcept;

    SoundBank& bank;
    const Interpolator interpolator;
    double rate = 44100.0;
    PlayerSettings settings;
    VoiceSettings voiceSettings;
    VoicePool voices;
    std::array<Pending, maxPending> pending;
    Channels channels;
    std::array<int, SoundBank::keys> roundRobinSteps{};
};
} // namespace starling
