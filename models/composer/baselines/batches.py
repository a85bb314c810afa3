"""What a step of the compared models gets: frames with marks between songs, measures, events.

What is drawn follows from (seed, step) alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from starling.models.composer.baselines import augmentation, tx1
from starling.models.composer.songs import CLASSES, VOICES, Songs, to_classes
from starling.models.errors import InputError

MARK = CLASSES[0]  # of the reduced model: before and after a song, beside the notes of P1
FULL = len(VOICES)

Tokens = NDArray[np.integer]


@dataclass(frozen=True, slots=True)
class Window:
    """What a step sees (B, ...), and whether it follows nothing that was seen before."""

    tokens: Tokens
    fresh: bool = True


def sizes(voices: int) -> tuple[int, ...]:
    """Symbols of each column of `stream`."""
    return (*CLASSES, 2) if voices == FULL else (CLASSES[0] + 1,)


def stream(songs: Songs, voices: int = FULL) -> NDArray[np.uint8]:
    """Songs with a mark before, between and after them: (frames + songs + 1, columns).

    All voices: their classes, and 1; the mark is a row of zeros. P1 alone: its classes; the mark is
    a symbol of its own. Both as NES-Music-Maker has them.
    """
    marks = songs.offsets + np.arange(len(songs) + 1)
    whole = np.zeros((len(songs.frames) + len(marks), len(sizes(voices))), np.uint8)
    sounding = np.ones(len(whole), bool)
    sounding[marks] = False
    classes = to_classes(songs.frames)[:, :voices]
    whole[sounding, :voices] = classes
    if voices == FULL:
        whole[sounding, voices] = 1
    else:
        whole[marks] = MARK
    return whole


class Streams:
    """Songs one after another, cut for `batch` streams that are read on window by window.

    The published trainer kept the state of one random window for the next, which did not follow it;
    here it does. Each pass has the songs in another order.
    """

    def __init__(self, songs: Songs, voices: int, batch: int, window: int, seed: int = 0) -> None:
        """Raises InputError (code `too_short`) where the songs do not fill one window."""
        self.songs, self.voices, self.seed = songs, voices, seed
        self.batch, self.window = batch, window
        rows = len(songs.frames) + len(songs) + 1
        self.epoch = (rows // batch - 1) // window
        if self.epoch < 1:
            raise InputError(
                f"the songs have {rows} frames and marks; at least {batch * (window + 1)} are "
                f"needed for {batch} streams of {window} and one more",
                code="too_short",
            )
        self._turn, self._rows = -1, np.zeros((0, 0), np.uint8)

    def draw(self, step: int) -> Window:
        """Symbols (B, window + 1, columns) of a step: the last of each is for prediction only."""
        turn, at = divmod(step, self.epoch)
        if turn != self._turn:
            order = np.random.default_rng([self.seed, turn]).permutation(len(self.songs))
            self._turn, self._rows = turn, stream(self.songs.part(order), self.voices)
        begins = np.arange(self.batch) * (len(self._rows) // self.batch) + at * self.window
        return Window(self._rows[begins[:, None] + np.arange(self.window + 1)], at == 0)


def measures(songs: Songs, voices: int, count: int, frames: int) -> NDArray[np.uint8]:
    """Classes (n, voices, count, frames) of songs cut into pieces of so many measures each.

    The voices of a piece are of one song and one place. What is left of a song is left out.
    """
    length, pieces = count * frames, []
    classes = to_classes(songs.frames)[:, :voices].astype(np.uint8)
    for begin, end in pairwise(songs.offsets):
        whole = (end - begin) // length
        song = classes[begin : begin + whole * length]
        pieces.append(song.reshape(whole, count, frames, voices).transpose(0, 3, 1, 2))
    return np.concatenate([np.zeros((0, voices, count, frames), np.uint8), *pieces])


class Pieces:
    """Pieces of some measures, `batch` at a time, each pass in another order.

    One byte stands for each note, and none is expanded but those of a step: as zeros and ones in
    single precision NES-MDB's pieces take 2.2 GB.
    """

    def __init__(self, pieces: NDArray[np.uint8], batch: int, seed: int = 0) -> None:
        """Raises InputError (code `too_short`) where there is no piece."""
        if not len(pieces):
            length = pieces.shape[2] * pieces.shape[3]
            raise InputError(f"no song has the {length} frames of a piece", code="too_short")
        self.pieces, self.batch, self.seed = pieces, min(batch, len(pieces)), seed
        self.epoch = len(pieces) // self.batch

    def draw(self, step: int) -> Window:
        """Classes (B, voices, measures, frames) of a step."""
        turn, at = divmod(step, self.epoch)
        order = np.random.default_rng([self.seed, turn]).permutation(len(self.pieces))
        return Window(self.pieces[order[at * self.batch : (at + 1) * self.batch]])


class Events:
    """Songs as LakhNES's events, each time augmented anew, a mark before and after each."""

    def __init__(self, songs: Songs, batch: int, context: int, seed: int = 0) -> None:
        """Raises InputError (code `too_short`) where there is no frame."""
        if not len(songs.frames):
            raise InputError("the songs have no frames; at least 1 is needed", code="too_short")
        self.songs, self.batch, self.context, self.seed = songs, batch, context, seed
        self.chances = np.diff(songs.offsets) / len(songs.frames)
        self.epoch = max(1, len(songs) // batch)

    def draw(self, step: int) -> Window:
        """Events (B, context + 1) of a step: each row begins somewhere in a song."""
        random = np.random.default_rng([self.seed, step])
        rows = [self._row(random) for _ in range(self.batch)]
        return Window(np.array(rows, np.int64))

    def _row(self, random: np.random.Generator) -> list[int]:
        """As many events as a row has, of one song from somewhere on and of those after it."""
        row = [tx1.START, *self._song(random)]
        row = row[int(random.integers(len(row))) :]
        while len(row) <= self.context:
            row += [tx1.START, *self._song(random)]
        return row[: self.context + 1]

    def _song(self, random: np.random.Generator) -> list[int]:
        """A song, drawn by its length."""
        at = int(random.choice(len(self.songs), p=self.chances))
        song = self.songs.frames[self.songs.offsets[at] : self.songs.offsets[at + 1]]
        return tx1.encode(augmentation.augment(song, random))
