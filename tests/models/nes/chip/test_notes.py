"""Notes and timers: every note of every tone voice comes back."""

import numpy as np
import pytest

from starling.models.nes.chip.notes import can_sound, notes, timers
from starling.models.nes.scores.score import CHIP


@pytest.mark.parametrize("voice", CHIP[:3], ids=lambda voice: voice.name)
def test_every_note_comes_back_from_its_timer(voice) -> None:
    every = np.arange(voice.low, voice.high + 1)
    found = timers(every, voice.name)
    np.testing.assert_array_equal(notes(found, voice.name), every)
    assert all(can_sound(timer, voice.name) for timer in found.tolist())


def test_known_timers() -> None:
    assert timers(np.array([33, 69, 108]), "p1").tolist() == [2033, 253, 26]
    assert timers(np.array([21, 69]), "tr").tolist() == [2033, 126]
    assert timers(np.array([69]), "p2", 1_662_607).tolist() == [235]


def test_timers_beyond_a_piano_are_no_notes() -> None:
    assert notes(np.array([8, 0]), "p1").tolist() == [0, 0]
    assert not can_sound(7, "p1") and can_sound(7, "tr") and not can_sound(2048, "tr")
