// The sixteen channels: what their messages have set, which keys their pedals hold, MPE zones, and
// how far notes are from their keys and how loud. Audio thread only; knows no host.
#pragma once

#include "Audio/Midi/ChannelState.h"
#include "Audio/Midi/Level.h"

#include <bitset>
#include <cstdint>

namespace starling
{
using Keys = std::bitset<128>;

/** The keys that the pedals of a channel hold when they are lifted. */
struct HeldKeys
{
    bool all = false; // sustain
    Keys some;        // sostenuto: those that were down when it went down

    bool has(int key) const noexcept
    {
        return key >= 0 && (all || some[static_cast<size_t>(key)]); // a preview has no key
    }
};

class Channels;

/** What the channels make of notes at a moment. */
class ChannelsNow
{
  public:
    /** `wave`: where the vibrato is, -1..1. */
    ChannelsNow(const Channels& theChannels, double newTune, double newWave) noexcept;

    /** How far a note is from its key, in semitones: tune, bends, tuning, vibrato. */
    double shiftOf(int channel, int key) const noexcept;

    /** Its channel's, or that of the master of its zone. */
    const Level& levelOf(int channel) const noexcept;

    const double tune; // of what is on no channel

  private:
    const Channels& channels;
    const double wave;
    std::array<double, 16> shifts; // of each channel
};

/** A zone's members follow their master's bend, vibrato and pedals beside their own, and are as
    loud as it is. */
class Channels
{
  public:
    static constexpr int count = 16;

    /** All as it is at first. Not while render runs. */
    void prepare(double sampleRate);

    /** All keys up and all controllers reset, as by 121; parameters and zones stay. */
    void reset() noexcept;

    /** The vibrato begins anew. */
    void rewind() noexcept { frame = 0; }

    /** A message of a channel, as ChannelState has them. Whether the master of a zone speaks for
        its members is the caller's to follow: see reachesMembers(). */
    void control(int channel, int number, int value) noexcept;

    /** Whether what the master of a zone sends is for its members too. */
    static bool reachesMembers(int number) noexcept;

    void press(int channel, int key) noexcept { downOf(channel).set(static_cast<size_t>(key)); }
    void lift(int channel, int key) noexcept { downOf(channel).reset(static_cast<size_t>(key)); }
    void liftAll(int channel) noexcept { downOf(channel).reset(); }

    const HeldKeys& held(int channel) const noexcept { return at(channel).held; }
    const ChannelState& state(int channel) const noexcept { return at(channel).state; }
    const Level& level(int channel) const noexcept { return at(channel).level; }

    /** The master of the zone that a channel is a member of, or itself. */
    int masterOf(int channel) const noexcept
    {
        return at(channel).master < 0 ? channel : at(channel).master;
    }

    /** A velocity as the soft pedal leaves it. */
    int softened(int channel, int velocity) const noexcept;

    ChannelsNow now(double tune) const noexcept;
    ChannelsNow highest(double tune) const noexcept; // where the vibrato has notes highest

    /** Frames over which now() stays the same, at most `most`. Counted from the last rewind, so
        that it does not matter how long the host's blocks are. */
    int framesToNext(int most) const noexcept;
    void advance(int frames) noexcept;

  private:
    struct Channel
    {
        ChannelState state;
        HeldKeys held;
        Keys down;
        Level level;
        int master = -1; // of the zone that it is a member of
        bool vibrates = false;
    };

    const Channel& at(int channel) const noexcept { return channels[static_cast<size_t>(channel)]; }
    Channel& at(int channel) noexcept { return channels[static_cast<size_t>(channel)]; }
    Keys& downOf(int channel) noexcept { return at(channel).down; }
    void follow(Channel& channel, bool wasSostenuto) noexcept;
    void layOut(int master) noexcept;
    bool isVibrating() const noexcept;
    bool areFull() const noexcept;

    std::array<Channel, count> channels;
    double rate = 44100.0;
    std::int64_t frame = 0;
};
} // namespace starling
