"""Searches by sound in a library of made-up vectors."""

from typing import Any

import pytest

from starling.models.errors import InputError
from starling.presets import library_writer as writer
from starling.presets.library_writer import Heard
from starling.presets.search import search_preset


def test_nearest_is_exact_and_identical_scores_one(shelf: Any) -> None:
    shelf.put(*(f"P{number}" for number in range(40)))
    shelf.put("Copy", path="b.bank", hear=False)
    writer.commit_heard(shelf.library, [Heard(41, shelf.vector(7))])
    writer.finish(shelf.library)
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
