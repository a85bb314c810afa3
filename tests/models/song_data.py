"""NES-MDB where a developer has it, and small songs of our own."""

from pathlib import Path

import numpy as np
import pytest

from starling.models.composer import songs
from starling.models.composer.songs import HIGHEST, LOWEST, Frames, Songs

FOLDER = Path(__file__).parents[3] / "shared" / "data" / "nesmdb"
needs_nesmdb = pytest.mark.skipif(
    not (FOLDER / "nesmdb24_seprsco_test.npz").is_file(), reason="../shared/data/nesmdb is not here"
)


def split(name: str) -> Songs:
    return songs.load(FOLDER / f"nesmdb24_seprsco_{name}.npz")


def toy_song(seed: int, frames: int = 200) -> Frames:
    """A song (frames, 4) that repeats a bar of 32 frames with notes held for 4 to 8 of them."""
    random = np.random.default_rng(seed)
    bar = np.zeros((32, 4), np.uint8)
    for voice in range(4):
        at = 0
        while at < len(bar):
            length = int(random.integers(4, 9))
            note = random.integers(LOWEST[voice], HIGHEST[voice] + 1)
            bar[at : at + length, voice] = note if random.random() < 0.8 else 0
            at += length
    return np.tile(bar, (-(-frames // 32), 1))[:frames]


def toy_songs(count: int = 6, frames: int = 200) -> Songs:
    return songs.of([toy_song(seed, frames + seed) for seed in range(count)])
