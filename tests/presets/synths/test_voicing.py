"""Voices: each note starts on its own sample, and as few voices are used as the music needs."""

import numpy as np
import pytest

from starling.models.errors import InputError
from starling.presets.synths.voicing import NoteEvent, allocate, codes

RATE = 1_000  # samples a second, so that a millisecond is a sample


def test_codes_hold_key_and_velocity_then_their_negative():
    signal = codes([NoteEvent(0.002, 0.003, 60, 100)], 8, RATE)
    code = 100 * 128 + 60
    assert signal.tolist() == [0, 0, code, code, code, -code, -code, -code]


def test_codes_leave_a_gap_between_adjoining_notes():
    signal = codes([NoteEvent(0.0, 0.004, 60, 100), NoteEvent(0.004, 0.002, 60, 100)], 6, RATE)
    assert (np.sign(signal) == [1, 1, 1, -1, 1, 1]).all()


def test_codes_survive_float32():
    signal = codes([NoteEvent(0, 1, 127, 127)], 4, RATE)
    assert divmod(int(signal[0]), 128) == (127, 127)


def test_allocate_reuses_a_voice_that_died_away():
    line = [NoteEvent(i * 0.5, 0.4, 60 + i, 100) for i in range(8)]
    assert len(allocate(line, 16, release=0.05)) == 1
    assert len(allocate(line, 16, release=0.3)) == 2


def test_allocate_gives_each_note_of_a_chord_a_voice():
    chord = [NoteEvent(0, 1, key, 100) for key in (60, 64, 67)]
    assert [[n.key for n in lane] for lane in allocate(chord, 16, 0.1)] == [[60], [64], [67]]


def test_allocate_takes_the_voice_that_ended_first_when_all_are_busy():
    notes = [NoteEvent(0, 3, 60, 90), NoteEvent(0.1, 1, 64, 90), NoteEvent(2.0, 1, 67, 90)]
    lanes = allocate(notes, 2, release=5.0)
    assert [n.key for n in lanes[1]] == [64, 67]


@pytest.mark.parametrize(
    "values", [(0, 1, 128, 100), (0, 1, 60, 0), (0, 1, 60, 128), (-1, 1, 60, 9), (0, -1, 60, 9)]
)
def test_note_refuses_what_midi_cannot_say(values):
    with pytest.raises(InputError, match="must be"):
        NoteEvent(*values)
