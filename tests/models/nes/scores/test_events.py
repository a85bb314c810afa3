from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from toy_score import NESMDB, needs_nesmdb, scores

from starling.models.errors import InputError
from starling.models.nes.scores.events import Events, to_events, to_score
from starling.models.nes.scores.nesmdb import read_npz
from starling.models.nes.scores.score import Score, from_notes


@settings(max_examples=60, deadline=None)
@given(scores())
def test_events_and_back_is_the_identity(score: Score) -> None:
    assert to_score(to_events(score)) == score


def test_events_are_waits_and_changes_in_order() -> None:
    notes = np.array([[60, 0, 40, 0], [60, 0, 40, 0], [62, 64, 40, 0], [62, 64, 40, 3]], np.uint8)
    events = to_events(from_notes(notes, duty=0))
    assert events.changes.tolist() == [
        [0, 0, 60, 15, 0],
        [0, 2, 40, 0, 0],
        [2, 0, 62, 15, 0],
        [0, 1, 64, 15, 0],
        [1, 3, 3, 15, 0],
    ]
    assert events.frames == 4 and events.times.tolist() == [0, 0, 2, 2, 3]


def test_silence_has_no_events() -> None:
    score = from_notes(np.zeros((9, 4), np.uint8), duty=0)
    assert len(to_events(score).changes) == 0
    assert to_score(to_events(score)) == score


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ([[0, 4, 60, 15, 0]], r"voice of event 0 must be 0\.\.3, got 4"),
        ([[0, 0, 60, 15, 0], [-1, 0, 62, 15, 0]], r"wait of event 1 must be 0\.\.\d+, got -1"),
        ([[0, 0, 256, 15, 0]], r"note of event 0 must be 0\.\.255, got 256"),
        ([[8, 0, 60, 15, 0]], "events end at frame 8, after the last of 8"),
        ([[0, 0, 20, 15, 0]], "p1 note at frame 0 must be"),
        ([[0, 0, 60]], r"shape \(n, 5\), got \(1, 3\)"),
    ],
)
def test_events_that_no_score_has_are_refused(changes: list[list[int]], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        to_score(Events(np.array(changes, np.int32), 8))


def test_events_of_no_frames_are_refused() -> None:
    with pytest.raises(InputError, match=r"frames must be 1\.\.1,000,000, got 0"):
        to_score(Events(np.zeros((0, 5), np.int32), 0))


@needs_nesmdb
def test_events_and_back_is_the_identity_on_nesmdb() -> None:
    for score in read_npz(NESMDB / "nesmdb24_exprsco_valid.npz"):
        assert to_score(to_events(score)) == score
