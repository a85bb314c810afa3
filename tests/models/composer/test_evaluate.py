"""Figures of held-out songs: what is counted, and that batches and spans change nothing."""

import numpy as np
import pytest
import torch
from tiny_composer import composer, prepared

from starling.models.composer import evaluate
from starling.models.composer.copying import END


def test_figures_are_those_of_each_song_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    network, songs = composer(), prepared(5, 300)
    monkeypatch.setattr(evaluate, "SPAN", 16)
    found = evaluate.measure(network, songs)
    total = 0.0
    for a, b in zip(songs.offsets, songs.offsets[1:], strict=False):
        rows, wanted = torch.from_numpy(songs.rows[a:b]), torch.from_numpy(songs.targets[a:b])
        with torch.no_grad():
            losses, _ = network(rows.long()[None], wanted.long()[None])
        total += float(losses.sum())
    assert found.nats.sum() == pytest.approx(total, rel=1e-5)
    assert found.frames == songs.frames.sum() == sum(300 + at for at in range(5))
    assert found.per_second == pytest.approx(24 * found.per_frame)
    named = found.named()
    parts = [value for name, value in named.items() if name.startswith("nats_per_frame_")]
    assert len(parts) == 5 and sum(parts) == pytest.approx(named["nats_per_frame"])


def test_events_are_waits_and_changes() -> None:
    targets = np.array([[0, 3, 0, 1, 0], [5, 0, 0, 0, 2], [2, END, 0, 0, 0]], np.uint8)
    assert evaluate.events(targets) == 5


def test_memory_matters_to_the_lstm_only_within_reach() -> None:
    network, songs = composer(), prepared(2, 300)
    whole = evaluate.measure(network, songs).per_frame
    assert evaluate.measure(network, songs, memory=1000).per_frame == pytest.approx(whole)
    assert evaluate.measure(network, songs, memory=4).per_frame != pytest.approx(whole, abs=1e-6)


def test_some_songs_are_spread_over_all() -> None:
    assert evaluate.some(prepared(6), 3).tolist() == [0, 2, 5]
    assert evaluate.some(prepared(2), 9).tolist() == [0, 1]
