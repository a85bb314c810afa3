"""Searches by sound in a library of made-up vectors."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from starling.models.errors import InputError
from starling.presets.library import writer
from starling.presets.library.writer import ScannedPreset
from starling.presets.search.by_sound import search_preset


def embed(shelf: Any, vectors: Sequence[np.ndarray]) -> None:
    waiting = writer.waiting(shelf.library)
    scanned = [
        ScannedPreset(preset.id, vector) for preset, vector in zip(waiting, vectors, strict=True)
    ]
    writer.commit_scanned(shelf.library, scanned)
    writer.finish(shelf.library)


def test_nearest_is_exact_and_identical_scores_one(shelf: Any) -> None:
    shelf.put(*(f"P{number}" for number in range(40)))
    shelf.put("Copy", path="b.bank", embed=False)
    embed(shelf, [shelf.vector(7)])
    hits = search_preset(shelf.library, 7, 100)
    assert len(hits) == 40 and (hits[0].name, hits[0].score) == ("Copy", 1.0)
    scores = [hit.score for hit in hits]
    assert scores == sorted(scores, reverse=True) and 0 < scores[-1] < 0.3
    assert [hit.name for hit in search_preset(shelf.library, 7, 5, "name:P1")] == [
        hit.name for hit in hits if hit.name.startswith("P1")
    ][:5]


@pytest.mark.parametrize("k", [0, 101, -1])
def test_k_out_of_range(shelf: Any, k: int) -> None:
    shelf.put("A", "B")
    with pytest.raises(InputError, match=r"k must be 1\.\.100"):
        search_preset(shelf.library, 1, k)


@pytest.mark.parametrize("copies", [3, 500])
def test_copies_of_a_sound_fill_one_place(shelf: Any, copies: int) -> None:
    """As with the initial sound, of which every bank is full: however many, k others are shown."""
    shelf.put("Query", *(f"Init {n}" for n in range(copies)), *(f"Other {n}" for n in range(30)))
    shelf.library.connection().execute("UPDATE presets SET vector = NULL")
    start = shelf.vector(1)
    others = [start + 0.1 + 0.02 * n for n in range(30)]
    embed(shelf, [start, *[start + 0.01] * copies, *others])
    hits = search_preset(shelf.library, 1, 5)
    assert [(hit.name, hit.copies) for hit in hits] == [
        ("Init 0", copies - 1),
        *[(f"Other {n}", 0) for n in range(4)],
    ]
    assert [hit.preset for hit in search_preset(shelf.library, 1, 1)] == [2]
    only = search_preset(shelf.library, 1, 100, "name:init")
    assert [(hit.name, hit.copies) for hit in only] == [("Init 0", copies - 1)]


def test_nothing_passes_the_filter(shelf: Any) -> None:
    shelf.put("A", "B")
    assert search_preset(shelf.library, 1, 5, "name:C") == []
