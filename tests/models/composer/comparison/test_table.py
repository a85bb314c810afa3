"""Rows of the tables, and the picture of continuations."""

from pathlib import Path

import numpy as np
from PIL import Image
from song_data import toy_songs

from starling.models.composer.comparison import rolls, table
from starling.models.composer.comparison.continuations import compare
from starling.models.composer.songs import Frames


def silent(beginning: Frames, frames: int, seed: int) -> Frames:
    return np.zeros((frames, 4), np.uint8)


def repeating(beginning: Frames, frames: int, seed: int) -> Frames:
    return np.resize(beginning[-192:], (frames, 4))


def test_what_a_model_lacks_is_a_dash_and_what_has_nothing_is_no_row() -> None:
    found = {"counts": {"nats_per_frame": 1.8}, "vae": {"loss": 0.25, "silent": 0.5}}
    [row] = table.nats(found)
    assert row[:3] == ["counts", "1.800", "-"] and len(row) == len(table.HEADS)
    assert table.others(found) == ["vae: loss 0.2500, silent 0.5000"]


def test_rows_fit_their_heads_and_the_first_is_compared_with_the_others() -> None:
    found = compare(toy_songs(3, 960), {"ours": repeating, "theirs": silent}, 3)
    assert [row[0] for row in table.means(found)] == ["real", "ours", "theirs"]
    for heads, rows in (
        (table.STATISTICS, table.means(found)),
        (table.DISTANCES, table.distances(found)),
        (table.NEARER, table.nearer(found)),
    ):
        assert {len(row) for row in rows} == {len(heads)}
    [row] = table.nearer(found)
    assert row[:2] == ["ours", "theirs"] and row[2].startswith("+") and row[4] == "100%"


def test_rolls_show_notes_where_they_sound(tmp_path: Path) -> None:
    """A silent continuation has no colour behind the line; a sounding one has."""
    every = list(toy_songs(2, 960))
    songs = [(str(at), song[:960]) for at, song in enumerate(every)]
    made = {"silent": [silent(song, 720, 0) for song in every]}
    path = rolls.of_songs(tmp_path / "rolls.png", songs, made)
    pixels = np.asarray(Image.open(path).convert("RGB")).astype(int)
    coloured = np.ptp(pixels, axis=2) > 60
    above, below = np.array_split(coloured, 2)
    right = slice(3 * pixels.shape[1] // 8, pixels.shape[1] // 2)  # of the left column
    assert above[len(above) // 4 :, right].sum() > 50 * below[:, right].sum()
