"""The judge of the composer: nats per frame, per event and per second of held-out songs."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from starling.models.composer.batches import Prepared
from starling.models.composer.context.layout import PLACE
from starling.models.composer.copying import END, HEADS
from starling.models.composer.network import Composer, State
from starling.models.composer.songs import VOICES
from starling.models.nes.scores.score import RATE

SPAN = 256  # steps that are measured at a time, with the state carried
TOGETHER = 32  # songs of like length that are measured side by side


@dataclass(frozen=True, slots=True)
class Figures:
    """The negative log-likelihood of songs by part (5,): wait, P1 with the end, P2, TR, NO."""

    nats: NDArray[np.float64]
    frames: int
    events: int  # waits above 0 and changes

    @property
    def per_frame(self) -> float:
        """Nats per frame of four voices."""
        return float(self.nats.sum()) / self.frames

    @property
    def per_second(self) -> float:
        """Nats per second of music."""
        return self.per_frame * RATE

    @property
    def per_event(self) -> float:
        """Nats per event of our vocabulary; its exponential is a perplexity."""
        return float(self.nats.sum()) / self.events

    def named(self) -> dict[str, float]:
        """For cards and tables."""
        parts = zip(("wait", *VOICES), self.nats / self.frames, strict=True)
        return {
            "nats_per_frame": self.per_frame,
            "nats_per_second": self.per_second,
            "nats_per_event": self.per_event,
            "perplexity_per_event": math.exp(self.per_event),
            **{f"nats_per_frame_{name}": float(value) for name, value in parts},
        }


def events(targets: NDArray[np.uint8]) -> int:
    """How many waits and changes targets (n, 5) hold; the end of a song is none."""
    changes = (targets[:, 1:] > 0).sum() - (targets[:, 1] == END).sum()
    return int(changes + (targets[:, 0] > 0).sum())


def some(songs: Prepared, most: int) -> NDArray[np.int64]:
    """At most so many songs, evenly spread over all."""
    return np.unique(np.linspace(0, len(songs) - 1, min(most, len(songs))).astype(np.int64))


def without_repeats(songs: Prepared) -> Prepared:
    """The same songs without the pointers' predictions: what a network is worth without copies."""
    rows = songs.rows.copy()
    for name in ("pointer", "global"):
        rows[:, PLACE[name]] = 0
    return replace(songs, rows=rows)


@torch.no_grad()
def measure(
    network: Composer,
    songs: Prepared,
    rows: NDArray[np.int64] | None = None,
    memory: int = 0,
) -> Figures:
    """The figures of some songs, or of all.

    `memory` forgets the state after every so many steps; 0: never.
    """
    rows = np.arange(len(songs)) if rows is None else rows
    was, device = network.training, next(network.parameters()).device
    network.eval()
    total, found = torch.zeros(HEADS, dtype=torch.float64), 0
    lengths = np.diff(songs.offsets)[rows]
    ranked = rows[np.argsort(lengths, kind="stable")]
    for at in range(0, len(ranked), TOGETHER):
        group = ranked[at : at + TOGETHER]
        state: State | None = None
        for part, wanted, counted in _spans(songs, group, memory or SPAN):
            losses, state = network(part.to(device), wanted.to(device), None if memory else state)
            total += (losses.cpu().double() * counted[..., None]).sum((0, 1))
        found += sum(
            events(songs.targets[songs.offsets[row] : songs.offsets[row + 1]]) for row in group
        )
    network.train(was)
    return Figures(total.numpy(), int(songs.frames[rows].sum()), found)


def _spans(
    songs: Prepared, group: NDArray[np.int64], span: int
) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Rows, targets and which of them count, of songs side by side, span after span."""
    begins, lengths = songs.offsets[group], np.diff(songs.offsets)[group]
    for at in range(0, int(lengths.max()), span):
        within = at + np.arange(min(span, int(lengths.max()) - at))
        counted = within < lengths[:, None]
        places = begins[:, None] + np.minimum(within, lengths[:, None] - 1)
        yield (
            torch.from_numpy(songs.rows[places]).long(),
            torch.from_numpy(songs.targets[places]).long(),
            torch.from_numpy(counted),
        )
