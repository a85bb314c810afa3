// Records the side-chain, so that what it brings can be searched for.
#pragma once

#include <juce_audio_formats/juce_audio_formats.h>

#include <atomic>

namespace starling
{
/** The audio thread writes into a ring; the worker drains it into a growing recording. */
class Capture
{
  public:
    static constexpr double maxSeconds = 30.0;

    /** Not while write runs. */
    void prepare(double sampleRate);

    /** Audio thread: keep this block if recording. */
    void write(const juce::AudioBuffer<float>& input) noexcept;

    // -- worker thread -------------------------------------------------------------------------
    void start();

    /** Drain the ring; true when the recording is full. */
    bool tick();

    /** Stop and write what was recorded as a float WAV; false when it is empty or unwritable. */
    bool stop(const juce::File& file);

    // -- any thread ----------------------------------------------------------------------------
    bool isRecording() const noexcept { return recording.load(); }
    float seconds() const noexcept { return recordedSeconds.load(); }
    float level() const noexcept { return peak.load(); }

  private:
    static constexpr int ringFrames = 1 << 17; // 1.3 s at 96 kHz; the worker drains every 10 ms

    std::atomic<bool> recording{false};
    std::atomic<float> recordedSeconds{0.0f}, peak{0.0f};
    std::atomic<double> rate{44100.0};
    // Written by write() on the audio thread, read by tick() on the worker.
    juce::AbstractFifo fifo{ringFrames};
    juce::AudioBuffer<float> ring{2, ringFrames};
    std::vector<float> left, right; // worker
};
} // namespace starling
