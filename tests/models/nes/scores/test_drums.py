from __future__ import annotations

import pytest
from toy_midi import midi_of

from starling.models.nes.scores.drums import (
    HITS,
    KICK,
    OTHER,
    SNARE,
    key_line,
    noise_line,
    period_line,
)
from starling.models.nes.scores.lines import grid_of
from starling.models.nes.scores.score import CHIP
from starling.models.nes.scores.song import from_midi


def line(
    *hits: tuple[float, int], name: str = "kit", made=noise_line
) -> tuple[list[int], list[bool]]:
    of = from_midi(midi_of((name, 10, [(a / 12, 3 / 12, key) for a, key in hits])), "x.mid")
    found, heard = made(of, grid_of(of))
    return found[:, 0].tolist(), heard.tolist()


def test_each_drum_is_a_note_of_the_noise_voice() -> None:
    assert all(1 <= hit.note <= CHIP[3].high and hit.frames >= 1 for hit in HITS.values())


def test_a_hit_is_as_long_as_its_drum() -> None:
    assert line((0, 36), (6, 38), (12, 42)) == (
        [3, 3, 0, 0, 0, 0, 10, 10, 10, 0, 0, 0, 15, 0, 0],
        [True, True, True],
    )


@pytest.mark.parametrize("order", [(36, 38, 42), (42, 38, 36), (38, 42, 36)])
def test_of_hits_at_once_the_most_important_is_heard(order: tuple[int, ...]) -> None:
    notes, heard = line(*((0, key) for key in order))
    assert notes == [SNARE.note] * 3 and sum(heard) == 1


def test_a_long_drum_goes_on_after_a_short_one() -> None:
    notes, heard = line((0, 49), (0, 36), (3, 42))
    assert notes == [KICK.note, KICK.note, 13, 15, 13, 13] and heard.count(True) == 2


def test_unknown_drums_are_heard() -> None:
    assert line((0, 100)) == ([OTHER.note, OTHER.note, 0], [True])


def test_periods_of_a_famitracker_song_are_exact() -> None:
    notes, heard = line((0, 36), (4, 51), (8, 45), name="no", made=period_line)
    assert notes == [16, 16, 16, 0, 1, 1, 1, 0, 7, 7, 7] and all(heard)


def test_keys_of_a_track_noise_are_exact() -> None:
    notes, heard = line((0, 36), (4, 51), (8, 45), name="noise", made=key_line)
    assert notes == [1, 1, 1, 0, 16, 16, 16, 0, 10, 10, 10] and all(heard)
