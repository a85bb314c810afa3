// What a channel's messages have set: the state machine of models/midi/channel.py, message by
// message, from the same tables. Audio thread only; knows no host.
#pragma once

#include "Wire/MidiTables.h"

#include <array>
#include <iterator>

namespace starling
{
/** Takes messages one after the other and answers at any time: the pitch, the pedals, each
    controller. What follows from it (notes held by a pedal, vibrato in time) is the caller's. */
class ChannelState
{
  public:
    ChannelState() noexcept;

    /** A controller 0..127, midi::bend (-8192..8191), midi::pressure, or midi::keyPressure and the
        key. Data entry goes to the parameter that is selected. */
    void control(int number, int value) noexcept;

    /** Reset all controllers (121); volume, pan and the parameters stay. */
    void reset() noexcept;

    /** The range that an MPE zone gives its member channels. */
    void setBendRange(int semitones) noexcept;
    static int usualBendRange() noexcept; // of a channel that is in no zone

    double pitch() const noexcept;             // semitones from the bend and the tuning
    double vibrato() const noexcept;           // semitones to either side, by wheel and pressure
    double keyVibrato(int key) const noexcept; // what the pressure on one key adds to that
    bool hasVibrato() const noexcept;          // of the channel or of any key

    int value(int number) const noexcept { return controls[static_cast<size_t>(number)]; }
    bool isDown(int pedal) const noexcept { return value(pedal) >= midi::pedalDown; }

    /** Whether data entry is for this registered parameter. */
    bool selects(int parameter) const noexcept;

    /** How many member channels an MPE zone has whose master this is. */
    int zoneSize() const noexcept { return dataOf(midi::zone).high; }

  private:
    struct Data
    {
        int high = 0, low = 0;
    };

    static constexpr int parameterCount = static_cast<int>(std::size(midi::parameters));

    static int indexOf(int parameter) noexcept;
    const Data& dataOf(int parameter) const noexcept;
    double modulationRange() const noexcept;
    void select(int number, int value) noexcept;
    void enter(int number, int value) noexcept;
    static void step(const midi::Parameter& parameter, Data& data, int by) noexcept;

    std::array<int, midi::keyPressure + 128> controls{};
    std::array<Data, parameterCount> parameters; // in the order of the table
    bool registered = false;                     // what is selected, and not an NRPN
    Data selected;
};
} // namespace starling
