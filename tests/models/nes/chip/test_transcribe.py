"""Writes to a score: the chip's own moves, the commonest tone of a frame, what is no note."""

import numpy as np
import pytest

from starling.models.errors import InputError
from starling.models.nes.chip.transcribe import transcribe
from starling.models.nes.writes import Writes, writes_of

FRAME = 1837.5
A4 = (0x02, 253)


def pulse(*rows: tuple[int, int, int], frames: int = 4) -> Writes:
    """The first pulse at 440 Hz and more writes."""
    start = [(0, 0x15, 0x0F), (0, 0x00, 0xBF), (0, *A4), (0, 0x03, 0)]
    return writes_of([*start, *rows], int(frames * FRAME))


def first(writes: Writes) -> list[list[int]]:
    """Note, velocity and timbre of the first pulse in each frame."""
    found: list[list[int]] = transcribe(writes).frames[:, 0].tolist()
    return found


def test_a_tone_is_a_note() -> None:
    assert first(pulse()) == [[69, 15, 2]] * 4


def test_the_commonest_tone_of_a_frame_counts_and_silence_does_not() -> None:
    changes = [(500, 0x00, 0x77), (1700, 0x00, 0x70), (int(2 * FRAME) + 1, 0x00, 0x74)]
    assert first(pulse(*changes)) == [[69, 7, 1], [0, 0, 0], [69, 4, 1], [69, 4, 1]]


def test_a_frame_with_little_sound_has_its_note() -> None:
    assert first(pulse((10, 0x15, 0))) == [[69, 15, 2], [0, 0, 0], [0, 0, 0], [0, 0, 0]]


def test_the_envelope_of_the_chip_is_followed() -> None:
    found = [row[1] for row in first(pulse((0, 0x00, 0x82), (0, 0x03, 0x08), frames=6))]
    assert found == sorted(found, reverse=True)
    assert (found[0] >= 12, found[-1]) == (True, 0)


def test_a_sweep_of_the_chip_is_followed() -> None:
    found = [row[0] for row in first(pulse((0, 0x01, 0xFB), frames=12))]
    assert (found[0], found[1]) == (71, 71)  # 253 - 31 - 1 at once, and after 8 half frames
    assert found[-1] > 80 and found == sorted(found)


def test_a_length_counter_ends_a_note() -> None:
    found = first(pulse((0, 0x00, 0x9F), (0, 0x03, 0x18)))  # two counts of 1/120 s
    assert found == [[69, 15, 2], *[[0, 0, 0]] * 3]


def test_notes_beyond_a_piano_are_silence() -> None:
    assert first(pulse((0, 0x02, 20))) == [[0, 0, 0]] * 4


def test_noise_is_its_period_and_mode() -> None:
    rows = [(0, 0x15, 8), (0, 0x0C, 0x35), (0, 0x0E, 0x83), (0, 0x0F, 0)]
    found = transcribe(writes_of(rows, 4000)).frames[:, 3]
    assert found.tolist() == [[13, 5, 1]] * 2


def test_the_score_is_as_long_as_its_writes() -> None:
    score = transcribe(pulse(frames=3), name="a")
    assert (score.samples, len(score), score.name) == (5512, 2, "a")
    assert len(transcribe(pulse(frames=3), rate=60.0)) == 7


def test_writes_shorter_than_a_frame_get_a_sentence() -> None:
    with pytest.raises(InputError, match="a frame of 1838 samples at least, got 1000"):
        transcribe(writes_of([], 1000))


def test_silence_is_a_score_too() -> None:
    assert not np.any(transcribe(writes_of([], 4000)).frames)
