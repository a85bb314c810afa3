"""The state of a channel, by the MIDI 1.0 tables."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from starling.models.midi.channel import ChannelState
from starling.models.midi.controllers import (
    BEND,
    CONTROLLERS,
    KEY_PRESSURE,
    PRESSURE,
    RESET,
    RESETS,
)

RANGE, FINE, COARSE = [(101, 0), (100, 0)], [(101, 0), (100, 1)], [(101, 0), (100, 2)]
UP = (BEND, 8191)
FULL = 8191 / 8192


def after(*messages: tuple[int, int]) -> ChannelState:
    state = ChannelState()
    for number, value in messages:
        state.control(number, value)
    return state


@pytest.mark.parametrize(
    ("messages", "semitones"),
    [
        ([UP], 2 * FULL),
        ([*RANGE, (6, 12), UP], 12 * FULL),
        ([UP, *RANGE, (6, 12)], 12 * FULL),  # the range counts for a bend that came before it
        ([*RANGE, (6, 0), (38, 50), UP], 0.5 * FULL),
        ([*RANGE, (6, 2), (99, 1), (98, 32), (6, 64), (BEND, 4096)], 1.0),  # that was an NRPN's
        ([*RANGE, (96, 0), UP], 2.01 * FULL),  # RP-018: a cent
        ([*RANGE, (97, 127), UP], 1.99 * FULL),  # and across the semitone
        (
            [*RANGE, (101, 127), (100, 127), (6, 12), UP],
            2 * FULL,
        ),  # null: data entry is for nothing
        ([(98, 0), (99, 0), (6, 12), UP], 2 * FULL),
        ([*FINE, (6, 96), (38, 0)], 0.5),
        ([*FINE, (6, 0)], -1.0),
        ([*FINE, (6, 64), (96, 0)], 1 / 8192),
        ([*COARSE, (6, 52)], -12.0),
        ([*COARSE, (96, 0), (96, 0)], 2.0),
        ([*COARSE, (6, 127), (96, 0)], 63.0),
        ([UP, (RESET, 0)], 0.0),
        ([*RANGE, (6, 12), (RESET, 0), UP], 12 * FULL),  # the parameters stay
        ([*RANGE, (RESET, 0), (6, 12), UP], 2 * FULL),  # but none is selected any more
    ],
)
def test_pitch(messages: list[tuple[int, int]], semitones: float) -> None:
    assert after(*messages).pitch == pytest.approx(semitones, abs=1e-9)


def test_a_reset_sets_what_rp_015_names_and_nothing_else() -> None:
    dirty = after(*((each.number, 33) for each in CONTROLLERS), (KEY_PRESSURE + 60, 9))
    dirty.control(RESET, 0)
    kept = {7: 33, 10: 33}  # volume and pan
    assert {
        number: value for number, value in dirty.controls.items() if number not in RESETS
    } == kept
    assert RESETS == {1: 0, 11: 127, 64: 0, 65: 0, 66: 0, 67: 0, BEND: 0, PRESSURE: 0}
    assert all(dirty.controls[number] == value for number, value in RESETS.items())


def test_vibrato_by_wheel_and_pressure_has_the_range_of_its_parameter() -> None:
    assert after().vibrato == 0
    assert after((1, 127)).vibrato == 0.5
    assert after((PRESSURE, 127)).vibrato == after((1, 127), (PRESSURE, 127)).vibrato == 0.5
    assert after((101, 0), (100, 5), (6, 1), (1, 127)).vibrato == 1.0
    pressed = after((KEY_PRESSURE + 60, 127))
    assert (pressed.key_vibrato(60), pressed.key_vibrato(61)) == (0.5, 0)


@given(st.lists(st.tuples(st.integers(0, 127), st.integers(0, 127))))
def test_no_message_takes_the_pitch_out_of_reach(messages: list[tuple[int, int]]) -> None:
    assert abs(after(*messages, UP).pitch) < 128 + 2 + 64 + 1
