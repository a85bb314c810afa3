"""THE tables of what a channel's messages set: controllers and registered parameters of MIDI 1.0.

`channel` is the machine that keeps them; whatever plays a channel derives from these, the plugin by
the MidiTables.h that `build.py docs` writes. Sources: MIDI 1.0 Detailed Specification 4.2, RP-015
(reset of all controllers), RP-018 (increments), General MIDI 2 (defaults), MPE 1.0 (zones).
"""

from __future__ import annotations

from dataclasses import dataclass

# Numbers of controllers, and beyond MIDI's own what else a channel's messages set.
MODULATION, DATA, VOLUME, PAN, EXPRESSION, DATA_LOW = 1, 6, 7, 10, 11, 38
SUSTAIN, SOSTENUTO, SOFT = 64, 66, 67
INCREMENT, DECREMENT = 96, 97
NRPN_LOW, NRPN_HIGH, RPN_LOW, RPN_HIGH = 98, 99, 100, 101
SOUND_OFF, RESET, NOTES_OFF = 120, 121, 123
MODES = range(124, 128)  # omni off and on, mono, poly: each ends all notes too
BEND = 128  # -8192..8191
PRESSURE = 129
KEY_PRESSURE = 256  # and the key
PEDAL_DOWN = 64  # the lowest value of a switch that is on
HALF = 8192  # the middle of fourteen bits


@dataclass(frozen=True, slots=True)
class Controller:
    """A controller and its value at the start; `reset`: RESET sets that value again."""

    number: int
    name: str
    initial: int = 0
    reset: bool = False


CONTROLLERS = (
    Controller(MODULATION, "modulation", 0, reset=True),
    Controller(VOLUME, "volume", 100),
    Controller(PAN, "pan", 64),
    Controller(EXPRESSION, "expression", 127, reset=True),
    Controller(SUSTAIN, "sustain", 0, reset=True),
    Controller(65, "portamento", 0, reset=True),
    Controller(SOSTENUTO, "sostenuto", 0, reset=True),
    Controller(SOFT, "soft pedal", 0, reset=True),
    Controller(BEND, "pitch bend", 0, reset=True),
    Controller(PRESSURE, "channel pressure", 0, reset=True),
)
RESETS = {each.number: each.initial for each in CONTROLLERS if each.reset}
INITIAL = {each.number: each.initial for each in CONTROLLERS}


@dataclass(frozen=True, slots=True)
class Parameter:
    """A registered parameter: its number, its first two data bytes, and which of them increments
    change (1: the low one). `low_end`: the low byte runs to that, then carries.
    """

    number: int
    name: str
    high: int
    low: int
    step_byte: int
    low_end: int = 127


BEND_RANGE, FINE_TUNE, COARSE_TUNE, MODULATION_RANGE, ZONE = 0, 1, 2, 5, 6
PARAMETERS = {
    each.number: each
    for each in (
        Parameter(BEND_RANGE, "bend range: semitones, cents", 2, 0, 1, low_end=99),
        Parameter(FINE_TUNE, "fine tuning: 100 / 8192 cents from 64, 0", 64, 0, 1),
        Parameter(COARSE_TUNE, "coarse tuning: semitones from 64", 64, 0, 0),
        Parameter(MODULATION_RANGE, "modulation range: semitones, 100 / 128 cents", 0, 64, 1),
        Parameter(ZONE, "MPE zone: member channels", 0, 0, 0),
    )
}
MEMBER_RANGE = 48  # semitones: the bend range of the member channels of an MPE zone
LOWER_MASTER, UPPER_MASTER, MOST_MEMBERS = 0, 15, 14  # of MPE zones; channels are 0..15 here

VIBRATO_HZ = 5.5  # as singers and violinists have it
SOFT_VELOCITY = 0.84  # of the velocity of a note under the soft pedal: 3 dB by the square law
