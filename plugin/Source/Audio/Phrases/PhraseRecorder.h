// What is played on the keys, with its time, on its way from the audio thread to the worker.
#pragma once

#include "Audio/Phrases/HostTime.h"

#include <array>
#include <atomic>

namespace starling
{
/** A note begins, or with velocity 0 ends; or a recording begins or ends. */
struct PlayedEvent
{
    enum class Kind
    {
        note,
        recordingBegins,
        recordingEnds
    };

    Kind kind = Kind::note;
    double beat = 0.0; // since the first block: goes on while the host stands, and when it jumps
    int channel = 0, key = 0, velocity = 0;
    bool isHostPlaying = false; // then the next two are known
    double inBar = 0.0;         // beats since the host's bar line
    double hostBar = 0.0;       // the host's beat of that line
    double barBeats = 4.0;
};

/** Notes are kept as they are played: nothing is quantised. */
class PhraseRecorder
{
  public:
    // -- audio thread --------------------------------------------------------------------------
    /** What a block brings; `isOn`: the user records. */
    void write(const juce::MidiBuffer& events, const HostTime& host, int frames,
               bool isOn) noexcept;

    // -- worker thread -------------------------------------------------------------------------
    /** The next event; false when there is none. */
    bool read(PlayedEvent& event) noexcept;

    // -- any thread ----------------------------------------------------------------------------
    double tempo() const noexcept { return shownTempo; } // 0: none that a clock can follow
    double barBeats() const noexcept { return shownBar; }

    /** The host's time signature: numerator, denominator. */
    std::pair<int, int> metre() const noexcept
    {
        const auto both = shownMetre.load();
        return {both >> 16, both & 0xffff};
    }

    /** Beats since the first block. */
    double beat() const noexcept { return shownBeat; }

  private:
    static constexpr int capacity = 4096; // the worker reads many times a second

    void push(const PlayedEvent& event) noexcept;

    double now = 0.0; // beats
    bool isRecording = false;
    std::atomic<double> shownTempo{HostTime::defaultTempo}, shownBar{4.0}, shownBeat{0.0};
    std::atomic<int> shownMetre{4 << 16 | 4}; // both at once

    // Written by write() on the audio thread, read by read() on the worker.
    juce::AbstractFifo fifo{capacity};
    std::array<PlayedEvent, capacity> ring;
};
} // namespace starling
