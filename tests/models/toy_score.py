"""Scores that several tests share: any score of the chip, by hypothesis."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from starling.models.nes.scores.score import CHIP, Score, samples_of

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
NESMDB = SHARED / "data" / "nesmdb"
needs_nesmdb = pytest.mark.skipif(not NESMDB.is_dir(), reason=f"no NES-MDB at {NESMDB}")


@st.composite
def states(draw: DrawFn, voice: int) -> tuple[int, int, int]:
    """Any (note, velocity, timbre) of a voice."""
    chip = CHIP[voice]
    note = draw(st.just(0) | st.integers(chip.low, chip.high))
    velocity = draw(st.integers(1, chip.velocity)) if note and chip.velocity else 0
    return note, velocity, draw(st.integers(0, chip.timbre))


@st.composite
def scores(draw: DrawFn, most: int = 12) -> Score:
    """Any score of up to `most` states, some held for many frames, of any length in samples."""
    steps = draw(
        st.lists(
            st.tuples(st.integers(1, 30), *(states(voice) for voice in range(4))),
            min_size=1,
            max_size=most,
        )
    )
    rows = [np.repeat([np.array(each[1:], np.uint8)], each[0], axis=0) for each in steps]
    frames = np.concatenate(rows)
    low, high = samples_of(len(frames)), samples_of(len(frames) + 1) - 1
    return Score(
        frames, samples=draw(st.integers(low, high)), name=draw(st.text("abc_09", max_size=8))
    )
