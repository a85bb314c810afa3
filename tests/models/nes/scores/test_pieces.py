from __future__ import annotations

import numpy as np
import pytest

from starling.models.nes.scores.pieces import pieces, unusable
from starling.models.nes.scores.score import Score, from_notes


def music(frames: int, voices: tuple[int, ...] = (0, 2)) -> np.ndarray:
    """Notes (frames, 4) that change every half second."""
    notes = np.zeros((frames, 4), np.uint8)
    for voice in voices:
        low = 1 if voice == 3 else 60
        notes[:, voice] = low + np.arange(frames) // 12 % 7
    return notes


def score(*parts: np.ndarray) -> Score:
    return from_notes(np.concatenate(parts), name="song")


def rest(frames: int) -> np.ndarray:
    return np.zeros((frames, 4), np.uint8)


def test_a_song_without_long_rests_is_one_piece_without_silence_around() -> None:
    whole = score(rest(30), music(200), rest(48), music(100), rest(99))
    [piece] = pieces(whole)
    assert piece.name == "song" and np.array_equal(piece.frames, whole.frames[30:378])


def test_long_rests_part_pieces() -> None:
    whole = score(music(200), rest(49), music(150), rest(500), music(10))
    assert [(each.name, len(each)) for each in pieces(whole)] == [
        ("song_1", 200),
        ("song_2", 150),
        ("song_3", 10),
    ]


def test_silence_has_no_pieces() -> None:
    assert pieces(score(rest(100))) == []


def test_music_of_two_voices_is_of_use() -> None:
    assert unusable(score(music(240))) == ""
    assert unusable(score(music(240, (0, 3)))) == ""


@pytest.mark.parametrize(
    ("notes", "reason"),
    [
        (music(100), "it lasts 4.2 s; at least 5 are used"),
        (music(240, (3,)), "it has drums only, and no pitched voice"),
        (music(240, (1,)), "only p2 sounds in 10% of its frames or more"),
        (np.concatenate([music(20), rest(500)]), "only no voice sounds in 10%"),
        (np.repeat(music(240)[::24], 24, axis=0)[:120], "it has 10 notes; at least 16 are used"),
    ],
)
def test_the_reason_is_a_sentence(notes: np.ndarray, reason: str) -> None:
    assert unusable(score(notes)).startswith(reason)
