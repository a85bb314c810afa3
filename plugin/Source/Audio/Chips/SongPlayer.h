// Plays a song in time with the host: which events are due at which frame, and what the host gets
// of them as MIDI. Audio thread only, except where noted.
#pragma once

#include "Audio/Chips/ChipSong.h"

#include <atomic>
#include <mutex>
#include <optional>

namespace starling
{
/** Where the host is at the begin of a block. */
struct SongPosition
{
    bool isPlaying = false;
    double beat = 0.0, beatsPerFrame = 0.0; // quarter notes
    bool isOwn = false; // the host stands: beats are counted from the song's begin
};

/** The song repeats from its origin on, in both directions, so that it plays wherever the host
    begins. */
class SongPlayer
{
  public:
    SongPlayer();

    // -- any thread but audio's ----------------------------------------------------------------
    /** Play this from the next block on; null: none. With `since`, the era of its request, nothing
        happens where another project has been loaded; answers whether it plays. */
    bool choose(ChipSongPointer song, std::optional<int> since = {});

    /** The song of a project that is loaded: a new era begins. */
    void restore(ChipSongPointer song);
    ChipSongPointer chosen() const;
    int era() const;

    /** Rises with every song that is put on or taken off. */
    int serial() const noexcept { return changes.load(); }

    /** How far the song is in beats, for the editor; negative: it does not play. */
    std::atomic<double> shownBeat{-1.0};

    // -- audio thread --------------------------------------------------------------------------
    /** A block begins. Notes that the host leaves behind end at once. */
    void follow(const SongPosition& position) noexcept;

    /** The next event that is due now; answers false when there is none. */
    bool next(SongEvent& event) noexcept;

    /** Frames until an event is due, at most `most`. */
    int framesToNext(int most) const noexcept;
    void advance(int frames) noexcept;

    /** End what sounds, at this frame. */
    void stop() noexcept;

    /** What was played in this block, on channels 1 to 4, with expression: for the host. */
    juce::MidiBuffer played;

  private:
    void put(ChipSongPointer next);
    void take() noexcept;
    void seek(double beat) noexcept;
    double beatOfNext() const noexcept;
    void note(const SongEvent& event) noexcept;
    void express(int voice, int expression) noexcept;
    void send(int status, int first, int second) noexcept;

    const ChipSong* song = nullptr;
    SongPosition now;
    int frame = 0;       // of the block
    double cycle = 0.0;  // how often the song has been played
    size_t index = 0;    // of the next event
    double expected = 0; // beat of the next block, if the host goes straight on
    bool isStopping = false;
    std::array<int, chip::voices> keys{-1, -1, -1, -1}; // that sound
    std::array<int, chip::voices> expressions{127, 127, 127, 127};

    // `wanted` is written by choose(), read at the start of a block. `used` says which song the
    // audio thread reads: choose() deletes no song that stands there.
    std::atomic<const ChipSong*> wanted{nullptr}, used{nullptr};
    std::atomic<int> changes{0};
    mutable std::mutex mutex; // of what follows
    int currentEra = 0;
    ChipSongPointer current;
    std::vector<ChipSongPointer> kept; // songs of before that may still be read
};
} // namespace starling
