"""Recordings cut into chunks: short ones joined, silence left out, some held out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from starling.models.datasets.albums import chunks
from starling.models.datasets.albums.chunks import Frames
from starling.models.dsp.signal import Array, fade_out
from starling.models.errors import InputError
from starling.models.figures import unlike

SECONDS, OVERLAP, HELD_OUT = 8.0, 4.0, 0.1  # as published: 8 s every 4 s
LONGEST_SECONDS = 60.0  # of a chunk
LEAST_SECONDS = 1.0  # of a chunk that is shortened because there is so little
MOST_HELD_OUT = 0.5
SILENCE_DB = -64.0  # after the gain: far below the lowest step of eight bits
JOINT_SECONDS = 0.005  # fades where short recordings are joined, so that nothing clicks


@dataclass(frozen=True, slots=True)
class Cut:
    """How recordings are cut, in seconds; `held_out` is the share for validation.

    Raises InputError for a value out of range.
    """

    seconds: float = SECONDS
    overlap: float = OVERLAP
    held_out: float = HELD_OUT

    def __post_init__(self) -> None:
        if not LEAST_SECONDS <= self.seconds <= LONGEST_SECONDS:
            raise InputError(
                f"seconds must be {LEAST_SECONDS:g}..{LONGEST_SECONDS:g}, got {self.seconds:g}"
            )
        if not 0 <= self.overlap < self.seconds:
            raise InputError(f"overlap must be 0 or more and below seconds, got {self.overlap:g}")
        if not 0 < self.held_out <= MOST_HELD_OUT:
            raise InputError(
                f"held_out must be above 0 and up to {MOST_HELD_OUT}, got {self.held_out:g}"
            )


@dataclass(frozen=True, slots=True)
class Part:
    """A recording (frames,) within [-1, 1], or short ones joined, with its name and class."""

    name: str
    label: str
    signal: Array


@dataclass(frozen=True, slots=True)
class Piece:
    """A part and the first frames of its chunks."""

    part: Part
    training: Frames
    validation: Frames


@dataclass(frozen=True, slots=True)
class Pieces:
    """What became of an album; `chunk` in frames, a sentence for what is left out or shortened."""

    pieces: tuple[Piece, ...]
    chunk: int
    skipped: tuple[str, ...]
    warnings: tuple[str, ...]


def cut(parts: Sequence[Part], sample_rate: int, how: Cut) -> Pieces:
    """Cut recordings into chunks. Raises InputError where there is too little, or all is silent."""
    wanted = round(how.seconds * sample_rate)
    joined, warnings = _join_all(parts, wanted, sample_rate)
    chunk = _chunk_that_fits(joined, wanted, sample_rate)
    if chunk < wanted:
        warnings.append(
            f"chunks last {chunk / sample_rate:.1f} s, not {how.seconds:g}: there is little sound"
        )
    hop = max(1, round(chunk * (1 - how.overlap / how.seconds)))
    skipped: list[str] = []
    pieces: list[Piece] = []
    for label in dict.fromkeys(part.label for part in joined):
        own = [part for part in joined if part.label == label]
        made = _cut_class(own, chunk, hop, how.held_out, sample_rate, skipped)
        if any(len(piece.training) for piece in made):
            pieces += made
        else:
            skipped.append(f"class {label} is left out: no chunk of it is left to learn from")
    if not pieces:
        raise InputError("; ".join(skipped), code="no_sounds")
    if not any(len(piece.validation) for piece in pieces):
        warnings.append("no chunk is left to validate on")
    return Pieces(tuple(pieces), chunk, tuple(skipped), tuple(warnings))


def _join_all(parts: Sequence[Part], chunk: int, sample_rate: int) -> tuple[list[Part], list[str]]:
    """The parts with those of a class that are shorter than a chunk as one, and what to say."""
    joined: list[Part] = []
    warnings = []
    for label in dict.fromkeys(part.label for part in parts):
        own = [part for part in parts if part.label == label]
        long = [part for part in own if len(part.signal) >= chunk]
        short = [part for part in own if len(part.signal) < chunk]
        if len(short) > 1:
            warnings.append(
                f"{len(short)} recordings of class {label} are shorter than "
                f"{chunk / sample_rate:g} s and are joined"
            )
            short = [_join(short, sample_rate)]
        joined += [*long, *short]
    return joined, warnings


def _join(parts: Sequence[Part], sample_rate: int) -> Part:
    """Put parts end to end, each faded at both ends."""
    frames = int(JOINT_SECONDS * sample_rate)
    faded = [fade_out(fade_out(part.signal[::-1], frames)[::-1], frames) for part in parts]
    name = f"{parts[0].name} to {parts[-1].name}"
    return Part(name, parts[0].label, np.concatenate(faded))


def _chunk_that_fits(parts: Sequence[Part], wanted: int, sample_rate: int) -> int:
    """The frames of a chunk: as wanted, or half of the longest part where there are not two.

    Raises InputError where half of it is less than a second.
    """
    lengths = [len(part.signal) for part in parts]
    half = max(lengths) // 2
    if sum(frames // wanted for frames in lengths) >= 2:
        return wanted
    if half < LEAST_SECONDS * sample_rate:
        raise InputError(
            f"an album needs {2 * LEAST_SECONDS:g} s of sound, one to learn from and one to "
            f"validate on, and minutes to sound well; there are {max(lengths) / sample_rate:.1f} s",
            code="too_short",
        )
    return half


def _cut_class(
    parts: Sequence[Part],
    chunk: int,
    hop: int,
    share: float,
    sample_rate: int,
    skipped: list[str],
) -> list[Piece]:
    """The pieces of a class, without what is shorter than a chunk or silent."""
    usable = [part for part in parts if len(part.signal) >= chunk]
    for part in parts:
        if len(part.signal) < chunk:
            needed = chunk / sample_rate
            lasts = unlike(len(part.signal) / sample_rate, needed, 1)
            skipped.append(f"{part.name} lasts {lasts} s, less than a chunk of {needed:.1f}")
    held = chunks.held_out([len(part.signal) for part in usable], chunk, share) if usable else []
    return [
        _cut_part(part, chunk, hop, frames, skipped)
        for part, frames in zip(usable, held, strict=True)
    ]


def _cut_part(part: Part, chunk: int, hop: int, held: int, skipped: list[str]) -> Piece:
    """The chunks of a part whose last `held` frames are for validation."""
    edge = len(part.signal) - held
    training = chunks.starts(edge, chunk, hop)
    validation = edge + chunk * np.arange(held // chunk, dtype=np.int64)
    least = (chunk + 1) // 2
    runs = chunks.quiet_runs(part.signal, 10 ** (SILENCE_DB / 20), least)
    loud = [_loud(each, chunk, runs, least) for each in (training, validation)]
    left_out = len(training) + len(validation) - sum(map(len, loud))
    if left_out:
        skipped.append(
            f"{left_out} of {len(training) + len(validation)} chunks of {part.name}: half of each "
            f"or more is silent, below {SILENCE_DB:g} dB"
        )
    return Piece(part, *loud)


def _loud(starts: Frames, chunk: int, runs: Frames, least: int) -> Frames:
    return starts[~chunks.quiet(starts, chunk, runs, least)]


def table(starts: Sequence[Frames]) -> NDArray[np.int64]:
    """Rows (n, 2) of recording and first frame, from the first frames by recording."""
    rows = [np.stack([np.full(len(own), at), own], axis=1) for at, own in enumerate(starts)]
    return np.concatenate(rows).astype(np.int64)
