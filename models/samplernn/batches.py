"""Windows of an album for truncated back-propagation: sequences side by side, each chunk in order.

What a step trains on follows from its number alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from starling.models.datasets.album import Album
from starling.models.errors import InputError
from starling.models.kernels import library
from starling.models.samplernn import kernel, prediction
from starling.models.samplernn.network import Config
from starling.models.samplernn.quantiser import LEVELS, SILENCE, decode, emphasised, encode

HELD_OUT_CHUNKS = 8  # of a validation, at most
HELD_OUT_SECONDS = 2.0  # of each
STARTS = 32  # moments of each label that takes may begin after
START_SAMPLES = prediction.WINDOW  # of a moment: what state and prediction settle in
BLOCK = 2**20  # samples that are quantised together: 50 MB of float64 on the way
START_LEVEL = 0.25  # of the RMS of all: what is quieter is no beginning


@dataclass(frozen=True, slots=True)
class Window:
    """One step's levels (B, lookback + T), which sequences begin, and their conditions (B,).

    `expected` (B, T, 3) is what was predicted; (B, T, 0) where the network is not given that.
    """

    levels: NDArray[np.int64]
    fresh: NDArray[np.bool_]
    conditions: NDArray[np.int64]
    expected: NDArray[np.int64]


def levels_of(signal: NDArray[np.float32], config: Config) -> NDArray[np.uint8]:
    """A recording (frames,) as levels (frames,); in blocks, as it may last hours."""
    found = np.empty(len(signal), np.uint8)
    for at in range(0, len(signal), BLOCK):
        first = max(0, at - 1)  # emphasis takes the sample before
        part = emphasised(signal[first : at + BLOCK], config.emphasis)
        found[at : at + BLOCK] = encode(part[at - first :], config.quantiser)
    return found


def expected_of(levels: NDArray[np.uint8], config: Config) -> NDArray[np.uint8]:
    """What is predicted of levels (T,), after silence: (T, 3), or (T, 0) without prediction."""
    if not config.prediction:
        return np.empty((len(levels), 0), np.uint8)
    find = kernel.expected if library.available() else prediction.expected
    return find(levels, config.quantiser, config.prediction)


@lru_cache(maxsize=4)  # the rows of a batch are in one round, or in two
def _order(seed: int, number: int, count: int) -> NDArray[np.int64]:
    """The order of so many chunks in the round of this number."""
    return np.random.Generator(np.random.Philox(key=[seed, number])).permutation(count)


class Batches:
    """An album as levels, cut into windows."""

    def __init__(self, album: Album, config: Config, batch: int, window: int, seed: int) -> None:
        """Quantise. Raises InputError (code `too_short`) where no chunk holds a window."""
        self.album, self.config = album, config
        self.batch, self.window, self.seed = batch, window, seed
        self.levels = tuple(levels_of(each, config) for each in album.recordings)
        self.expected = tuple(expected_of(each, config) for each in self.levels)
        self.windows = album.chunk // window  # of a chunk
        if not self.windows or not len(album.training):
            raise InputError(
                f"album {album.name} is too short to learn from: {len(album.training)} chunks of "
                f"{album.chunk} samples, where a window takes {window}",
                code="too_short",
            )

    def draw(self, step: int, rank: int = 0, ranks: int = 1) -> Window:
        """The windows of a step. The sequences begin their chunks at different steps.

        Of `ranks` processes that train together each has sequences of its own.
        """
        rows, fresh, conditions, expected = [], [], [], []
        for row in range(rank * self.batch, (rank + 1) * self.batch):
            place = step + row * self.windows // (self.batch * ranks)
            chunk, at = divmod(place, self.windows)
            recording, first = self.album.training[self._chunk(chunk * self.batch * ranks + row)]
            start = first + at * self.window
            rows.append(self._levels(recording, first, at * self.window, self.window))
            expected.append(self.expected[recording][start : start + self.window])
            fresh.append(at == 0 or step == 0)
            conditions.append(self.album.conditions[recording])
        return Window(
            np.stack(rows),
            np.array(fresh),
            np.array(conditions, np.int64),
            np.stack(expected).astype(np.int64),
        )

    def _chunk(self, turn: int) -> int:
        """The chunk whose turn it is: all of them in another order in each round."""
        count = len(self.album.training)
        return int(_order(self.seed, turn // count, count)[turn % count])

    def _levels(self, recording: int, first: int, at: int, count: int) -> NDArray[np.int64]:
        """Levels (lookback + count) of a chunk that begins at `first`, with silence before it."""
        lookback = self.config.lookback
        before = min(at, lookback)
        start = first + at
        found = self.levels[recording][start - before : start + count].astype(np.int64)
        silence = np.full(lookback - before, SILENCE, np.int64)
        return np.concatenate([silence, found])

    def heard(self) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        """Levels (n, T) and labels (n,) of training chunks, as many and long as a validation's."""
        rows, labels = self._spread(self.album.training)
        return rows[:, self.config.lookback :].astype(np.uint8), labels

    def held_out(self) -> tuple[NDArray[np.int64], NDArray[np.int64], bool]:
        """Levels (n, lookback + T), conditions (n,), and whether they are of validation chunks.

        Without any the first training chunks take their place.
        """
        few = not len(self.album.validation)
        chunks = self.album.training if few else self.album.validation
        return (*self._spread(chunks), not few)

    def _spread(self, chunks: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Levels (n, lookback + T) and conditions (n,) of some chunks, evenly spread."""
        spread = np.linspace(0, len(chunks) - 1, min(HELD_OUT_CHUNKS, len(chunks))).astype(int)
        whole = min(self.album.chunk, int(HELD_OUT_SECONDS * self.config.sample_rate))
        count = whole // self.config.lookback * self.config.lookback
        rows = [
            self._levels(chunks[each][0], chunks[each][1], 0, count)
            for each in dict.fromkeys(spread)
        ]
        labels = [self.album.conditions[chunks[each][0]] for each in dict.fromkeys(spread)]
        return np.stack(rows), np.array(labels, np.int64)

    def starts(self) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Moments (n, START_SAMPLES) of the training chunks that sound, and their labels (n,)."""
        moments: list[NDArray[np.uint8]] = []
        labels: list[int] = []
        for label in range(max(1, len(self.config.labels))):
            own = self._moments(label)
            spread = np.linspace(0, len(own) - 1, min(STARTS, len(own))).round().astype(int)
            moments += [own[each] for each in spread]
            labels += [label] * len(spread)
        return np.array(moments, np.uint8).reshape(-1, START_SAMPLES), np.array(labels, np.uint8)

    def _moments(self, label: int) -> list[NDArray[np.uint8]]:
        """What sounds at the middle of each training chunk of a label, or of all."""
        found = []
        for recording, first in self.album.training:
            if self.config.labels and self.album.conditions[recording] != label:
                continue
            at = first + self.album.chunk // 2
            moment = self.levels[recording][at : at + START_SAMPLES]
            if len(moment) == START_SAMPLES:
                found.append(moment)
        rms = [float(np.sqrt(np.square(decode(m, self.config.quantiser)).mean())) for m in found]
        least = START_LEVEL * float(np.sqrt(np.mean(np.square(rms)))) if rms else 0.0
        return [each for each, level in zip(found, rms, strict=True) if level >= least]

    def unigram(self) -> NDArray[np.float64]:
        """How often each level occurs in the training chunks (256,), each level at least once."""
        counts = np.ones(LEVELS)
        for recording, first in self.album.training:
            part = self.levels[recording][first : first + self.album.chunk]
            counts += np.bincount(part, minlength=LEVELS)
        return np.asarray(counts / counts.sum())
