"""Pitch of a part's notes: bends and their ranges, vibrato, members of a zone."""

import numpy as np
import pytest

from starling.engine.songs.notes import MAIN, ControlChange
from starling.engine.songs.pitch import Pitch
from starling.models.midi.controllers import BEND, KEY_PRESSURE, VIBRATO_HZ

RATE = 1_000


def pitch(*controls: ControlChange) -> Pitch:
    return Pitch(controls, RATE, RATE)


def test_no_wheel_or_one_at_rest_is_no_bend() -> None:
    assert not pitch()
    assert not pitch(ControlChange(0.1, BEND, 0))
    assert pitch().over(MAIN, 60, 0, 100) is None


def test_bend_takes_two_semitones_until_told_otherwise() -> None:
    wide = [ControlChange(0.2, 101, 0), ControlChange(0.2, 100, 0), ControlChange(0.2, 6, 12)]
    down = [ControlChange(0.3, BEND, -8192), ControlChange(0.4, BEND, 0)]
    bent = pitch(ControlChange(0.1, BEND, 8191), *wide, *down).over(MAIN, 60, 0, RATE)
    assert bent is not None
    found = [float(bent[at]) for at in (50, 150, 250, 350, 450)]
    assert found == pytest.approx([0, 2, 12, -12, 0], abs=0.002)


def test_the_wheel_gives_a_vibrato_of_half_a_semitone() -> None:
    found = pitch(ControlChange(0.0, 1, 127)).over(MAIN, 60, 0, RATE)
    assert found is not None
    assert found.max() == pytest.approx(0.5, abs=0.001)
    assert np.argmax(np.abs(np.fft.rfft(found))) == pytest.approx(VIBRATO_HZ, abs=0.51)


def test_pressure_on_a_key_is_for_that_key() -> None:
    both = pitch(ControlChange(0.0, KEY_PRESSURE + 60, 127))
    assert both and both.over(MAIN, 60, 0, 100) is not None
    assert both.over(MAIN, 61, 0, 100) is None


def test_a_member_adds_its_bend_of_48_semitones_to_the_masters() -> None:
    zone = pitch(ControlChange(0.0, BEND, 4096), ControlChange(0.0, BEND, 2048, channel=2))
    master, member = zone.over(MAIN, 60, 100, 10), zone.over(2, 60, 100, 10)
    assert master is not None and member is not None
    assert (master[0], member[0]) == pytest.approx((1.0, 13.0))
