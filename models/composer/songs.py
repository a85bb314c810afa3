"""Songs of four voices as one array of frames, and their notes as classes.

Frames are at 24 Hz, columns P1, P2, TR, NO; 0 is silence, otherwise a MIDI note, or for the noise
1..16. A class is 0 for silence and counts up from the lowest note of its voice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from starling.models.dsp.signal import shown_name
from starling.models.errors import InputError, ParseError
from starling.models.nes.scores.nesmdb import read_arrays
from starling.models.nes.scores.score import CHIP

VOICES = tuple(voice.name.upper() for voice in CHIP)
LOWEST = tuple(voice.low for voice in CHIP)
HIGHEST = tuple(voice.high for voice in CHIP)
CLASSES = tuple(high - low + 2 for low, high in zip(LOWEST, HIGHEST, strict=True))
SHAPES = ((4,), (4, 3))  # of a frame: separated, expressive
MAX_FRAMES = 50_000_000  # 24 days of music; 0.2 GB
BELOW = np.array(LOWEST, np.int16) - 1

Frames = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Songs:
    """Songs one after another: `frames` (total, 4), song i being offsets[i] to offsets[i + 1]."""

    frames: Frames
    offsets: NDArray[np.int64]
    names: tuple[str, ...]
    manifest: str  # sha256 over frames and offsets

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __iter__(self) -> Iterator[Frames]:
        """The frames (N, 4) of each song."""
        return (self.frames[a:b] for a, b in zip(self.offsets, self.offsets[1:], strict=False))

    def part(self, rows: NDArray[np.int64]) -> Songs:
        """Some of the songs, by their places."""
        kept = [self.frames[self.offsets[row] : self.offsets[row + 1]] for row in rows]
        return of(kept, tuple(self.names[row] for row in rows))

    def starts(self) -> NDArray[np.bool_]:
        """Which frames (total,) begin a song."""
        found = np.zeros(len(self.frames), bool)
        found[self.offsets[:-1][np.diff(self.offsets) > 0]] = True
        return found


def of(songs: list[Frames], names: tuple[str, ...] = ()) -> Songs:
    """Songs from the frames (N, 4) of each. Raises InputError for notes outside a voice's range."""
    frames = np.concatenate([np.zeros((0, 4), np.uint8), *songs])
    offsets = np.cumsum([0, *map(len, songs)]).astype(np.int64)
    check(frames, "frames")
    names = names or tuple(str(at) for at in range(len(songs)))
    digest = hashlib.sha256(frames.tobytes() + offsets.tobytes()).hexdigest()
    return Songs(frames, offsets, names, digest)


def load(path: Path) -> Songs:
    """Songs of an npz file with `frames`, `offsets` and, perhaps, `names`.

    Frames are uint8, (total, 4) separated or (total, 4, 3) expressive, of which the notes count.
    Raises MissingError (no such file) and ParseError (not such a file, notes out of range).
    """
    found = read_arrays(path, ("frames", "offsets"), ("names",))
    frames, offsets = found["frames"], found["offsets"]
    name = shown_name(path)
    _check_arrays(frames, offsets, name)
    notes = np.ascontiguousarray(frames if frames.ndim == 2 else frames[:, :, 0], np.uint8)
    check(notes, name)
    digest = hashlib.sha256(notes.tobytes() + offsets.astype(np.int64).tobytes()).hexdigest()
    names = tuple(map(str, found.get("names", range(len(offsets) - 1))))
    return Songs(notes, offsets.astype(np.int64), names, digest)


def _check_arrays(frames: NDArray[np.generic], offsets: NDArray[np.generic], name: str) -> None:
    """Raise ParseError unless the arrays have the shapes and the order that songs have."""
    if frames.dtype != np.uint8 or frames.shape[1:] not in SHAPES:
        raise ParseError(
            f"{name}: frames must be uint8 (total, 4) or (total, 4, 3); "
            f"got {frames.dtype} {frames.shape}"
        )
    if len(frames) > MAX_FRAMES:
        raise ParseError(f"{name} holds {len(frames)} frames; at most {MAX_FRAMES} are read")
    rising = offsets.ndim == 1 and offsets.dtype.kind in "iu" and len(offsets) > 1
    if not rising or offsets[0] != 0 or offsets[-1] != len(frames) or (np.diff(offsets) < 0).any():
        raise ParseError(f"{name}: offsets must rise from 0 to the {len(frames)} frames")


def check(frames: Frames, name: str) -> None:
    """Raise InputError, naming the voice, where a note lies outside its range."""
    for at, voice in enumerate(VOICES):
        column = frames[:, at]
        wrong = (column != 0) & ((column < LOWEST[at]) | (column > HIGHEST[at]))
        if wrong.any():
            frame = int(wrong.argmax())
            raise InputError(
                f"{name}: frame {frame} has note {column[frame]} in voice {voice}, which plays "
                f"{LOWEST[at]}..{HIGHEST[at]}, or 0 for silence",
                code="bad_note",
            )


def to_classes(frames: Frames) -> NDArray[np.int16]:
    """Classes (N, 4) of notes (N, 4).

    >>> to_classes(np.array([[0, 33, 108, 16]], np.uint8)).tolist()
    [[0, 1, 88, 16]]
    """
    notes = frames.astype(np.int16)
    return np.where(notes > 0, notes - BELOW, 0).astype(np.int16)


def from_classes(classes: NDArray[np.integer]) -> Frames:
    """Notes (N, 4) of classes (N, 4): the inverse of `to_classes`."""
    return np.where(classes > 0, classes + BELOW, 0).astype(np.uint8)


def hold_out(
    songs: Songs, share: float, seed: int | str, groups: Sequence[str] = ()
) -> tuple[Songs, Songs]:
    """The songs in two parts, the second with about this share of them and at least one song.

    Songs of one of `groups` (one for each song; none: each by itself) stay together. Raises
    InputError where there are fewer than two.
    """
    held = held_out(groups or [str(at) for at in range(len(songs))], share, seed)
    return songs.part(np.flatnonzero(~held)), songs.part(np.flatnonzero(held))


def held_out(groups: Sequence[str], share: float, seed: int | str) -> NDArray[np.bool_]:
    """Which songs (n,) are held out, by the group of each; a hash of its name decides.

    Raises InputError for fewer than two groups.
    """
    every = sorted(set(groups), key=lambda each: hashlib.sha256(f"{seed}/{each}".encode()).digest())
    if len(every) < 2:
        raise InputError(f"at least 2 songs are needed to hold one out, got {len(every)}")
    return np.isin(groups, every[: min(len(every) - 1, max(1, round(share * len(every))))])
