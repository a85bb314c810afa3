"""Batches of songs: streams side by side, each running through song after song, state carried.

What a step trains on follows from its number alone. In each round the songs come in another order,
each transposed and with its pulses swapped or not, as drawn for that round.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from starling.models.composer.context import features, layout, steps
from starling.models.composer.context.layout import MOST_SHIFT, Rows
from starling.models.composer.context.meter import Meter
from starling.models.composer.context.steps import VOICES, Steps
from starling.models.composer.copying import END, HEADS
from starling.models.composer.songs import Songs
from starling.models.errors import InputError


@dataclass(frozen=True, slots=True)
class Prepared:
    """Songs as rows (n, WIDTH) and targets (n, 5): the wait, and of each voice class + 1 or 0."""

    rows: Rows
    targets: NDArray[np.uint8]
    offsets: NDArray[np.int64]
    frames: NDArray[np.int64]  # of each song

    def __len__(self) -> int:
        return len(self.frames)


def prepare(songs: Songs, meters: Sequence[Meter | None] = ()) -> Prepared:
    """Steps, hints and targets of songs, whose meters may be known.

    Raises InputError for a song without frames.
    """
    made = steps.of_songs(songs)
    rows = features.rows(made, meters)
    return Prepared(rows, targets(made), made.offsets, np.diff(songs.offsets).astype(np.int64))


def targets(made: Steps) -> NDArray[np.uint8]:
    """Classes of the heads (n, 5) of each step."""
    found = np.zeros((len(made), HEADS), np.uint8)
    found[:, 0] = made.waits
    found[:, 1:] = np.where(made.states != made.before(), made.states + 1, 0)
    found[made.last(), 1] = END
    return found


@dataclass(frozen=True, slots=True)
class Window:
    """One step's rows (B, T, WIDTH) and targets (B, T, 5), and whether the streams begin anew."""

    rows: Rows
    targets: NDArray[np.uint8]
    fresh: bool


class Batches:
    """Prepared songs cut into windows of `window` steps for `batch` streams."""

    def __init__(
        self, songs: Prepared, batch: int = 32, window: int = 64, seed: int = 0, vary: bool = True
    ) -> None:
        """Raises InputError (code `too_short`) where the songs do not fill one window."""
        self.songs, self.batch, self.window, self.seed, self.vary = songs, batch, window, seed, vary
        if len(songs.rows) < batch * window:
            raise InputError(
                f"the songs have {len(songs.rows)} steps; at least {batch * window} are needed "
                f"for {batch} streams of {window}",
                code="too_short",
            )
        self._round, self._order = -1, np.zeros(0, np.int64)
        self._shifts, self._swaps = np.zeros(0, np.int64), np.zeros(0, bool)
        self._owner = np.repeat(np.arange(len(songs)), np.diff(songs.offsets))
        bounds = [
            layout.range_of(songs.rows[a:b, layout.PLACE["state"]])
            for a, b in zip(songs.offsets, songs.offsets[1:], strict=False)
        ]
        self._least, self._most = np.array(bounds).T

    def draw(self, step: int, rank: int = 0, ranks: int = 1) -> Window:
        """The windows of a step. Of `ranks` processes each has streams of its own."""
        streams = self.batch * ranks
        length = len(self.songs.rows) // streams
        turn, at = divmod(step, max(1, length // self.window))
        self._begin(turn)
        begins = (rank * self.batch + np.arange(self.batch)) * length + at * self.window
        places = self._order[(begins[:, None] + np.arange(self.window)) % len(self._order)]
        parts = [self._taken(row) for row in places]
        return Window(np.stack([a for a, _ in parts]), np.stack([b for _, b in parts]), at == 0)

    def _begin(self, turn: int) -> None:
        """Draw a round: the songs' order, and how each is varied."""
        if turn == self._round:
            return
        chance = np.random.default_rng([self.seed, turn])
        order, offsets = chance.permutation(len(self.songs)), self.songs.offsets
        self._order = np.concatenate([np.arange(offsets[at], offsets[at + 1]) for at in order])
        shifts = chance.integers(-MOST_SHIFT, MOST_SHIFT + 1, len(order))
        self._shifts = np.clip(shifts, self._least, self._most) * self.vary
        self._swaps = (chance.random(len(order)) < 0.5) & self.vary
        self._round = turn

    def _taken(self, places: NDArray[np.int64]) -> tuple[Rows, NDArray[np.uint8]]:
        """Rows and targets at some places, each song varied in its way."""
        rows, wanted = self.songs.rows[places].copy(), self.songs.targets[places].copy()
        owner = self._owner[places]
        for song in np.unique(owner):
            part, shift, swap = owner == song, int(self._shifts[song]), bool(self._swaps[song])
            rows[part] = layout.augmented(rows[part], shift, swap)
            wanted[part] = varied(wanted[part], shift, swap)
        return rows, wanted


def varied(wanted: NDArray[np.uint8], shift: int, swap: bool) -> NDArray[np.uint8]:
    """Targets (n, 5) of a song transposed, and with its pulses in each other's place."""
    changed = wanted.copy()
    ends = changed[:, 1] == END
    changed[ends, 1] = 0
    as_rows = np.zeros((len(changed), layout.WIDTH), np.uint8)
    as_rows[:, layout.PLACE["change"]] = changed[:, 1:]
    changed[:, 1:] = layout.augmented(as_rows, shift, swap)[:, layout.PLACE["change"]]
    changed[ends, 1] = END
    assert changed.shape[1] == 1 + VOICES
    return changed
