"""The score of an NES song: what each of the four voices does in each frame. Values only.

A frame holds (note, velocity, timbre) for P1, P2, TR and NO, as in NES-MDB's expressive scores
(arXiv 1806.04278). The separated view keeps the notes alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from starling.models.errors import InputError

Frames = NDArray[np.uint8]

VOICES = ("p1", "p2", "tr", "no")
RATE = 24.0  # frames a second in NES-MDB
SAMPLE_RATE = 44_100  # of `samples`, as in VGM files
RATES = (1.0, 240.0)  # hertz; the chip's own frame counter runs at 240
MAX_FRAMES = 1_000_000  # 11 hours; NES-MDB's longest song has 36,424
FULL_VELOCITY = 15
HALF_DUTY = 2  # 50 %; NES-MDB's separated scores become 12.5 %, which is thin


class Voice(NamedTuple):
    """What a voice of the chip can do: notes low..high, or 0 for silence."""

    name: str
    low: int
    high: int
    velocity: int  # the highest; the triangle has no volume
    timbre: int  # the highest: duty of a pulse, mode of the noise


CHIP = (
    Voice("p1", 33, 108, 15, 3),  # a timer of 11 bits ends at 54.6 Hz
    Voice("p2", 33, 108, 15, 3),
    Voice("tr", 21, 108, 0, 0),
    Voice("no", 1, 16, 15, 1),  # 16 is the highest: 16 minus the index of the period
)
FIELDS = ("note", "velocity", "timbre")


@dataclass(frozen=True, slots=True, eq=False)
class Score:
    """Frames (N, 4, 3) of note, velocity and timbre, read-only.

    `samples` is the length at 44.1 kHz; 0 stands for the shortest one of N frames. Raises
    InputError that names every fault.
    """

    frames: Frames
    rate: float = RATE
    samples: int = 0
    name: str = ""

    def __post_init__(self) -> None:
        _require(rate_faults(self.rate) or faults(self.frames), self.name)
        frames = self.frames.view()
        frames.flags.writeable = False
        object.__setattr__(self, "frames", frames)
        shortest = samples_of(len(frames), self.rate)
        object.__setattr__(self, "samples", int(self.samples) or shortest)
        longest = samples_of(len(frames) + 1, self.rate) - 1
        if not shortest <= self.samples <= longest:
            fault = f"samples must be {shortest}..{longest} for {len(frames)} frames"
            _require([f"{fault} at {self.rate:g} Hz, got {self.samples}"], self.name)

    def __len__(self) -> int:
        return len(self.frames)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Score):
            return NotImplemented
        mine = (self.rate, self.samples, self.name)
        return mine == (other.rate, other.samples, other.name) and bool(
            np.array_equal(self.frames, other.frames)
        )

    __hash__ = None  # type: ignore[assignment]

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return self.samples / SAMPLE_RATE


def _require(found: list[str], name: str) -> None:
    """Raise InputError where there are faults."""
    if found:
        raise InputError(f"{name or 'score'}: {'; '.join(found)}", code="bad_score")


def samples_of(frames: int, rate: float = RATE) -> int:
    """The first sample at 44.1 kHz of a frame, and so the shortest length of that many frames.

    >>> samples_of(2), samples_of(3)
    (3675, 5513)
    """
    return math.ceil(frames * SAMPLE_RATE / rate)


def separated(score: Score) -> Frames:
    """The notes alone (N, 4): NES-MDB's separated score."""
    return score.frames[:, :, 0]


def onsets(score: Score) -> NDArray[np.bool_]:
    """Where a note begins (N, 4): where it is another than in the frame before."""
    notes = separated(score)
    before = np.concatenate([np.zeros((1, 4), np.uint8), notes[:-1]])
    begins: NDArray[np.bool_] = (notes != before) & (notes > 0)
    return begins


def from_notes(
    notes: Frames,
    *,
    velocity: int = FULL_VELOCITY,
    duty: int = HALF_DUTY,
    rate: float = RATE,
    samples: int = 0,
    name: str = "",
) -> Score:
    """A score of notes (N, 4): every note at one velocity 1..15, pulses at one duty 0..3.

    Raises InputError, also for a velocity, a duty or notes that the chip does not have.
    """
    _require(
        [*_within("velocity", velocity, 1, 15), *_within("duty", duty, 0, 3)]
        or shape_faults(notes, (4,)),
        name,
    )
    frames = np.zeros((len(notes), 4, 3), np.uint8)
    frames[:, :, 0] = notes
    frames[:, (0, 1, 3), 1] = np.where(notes[:, (0, 1, 3)] > 0, velocity, 0)
    frames[:, :2, 2] = duty
    return Score(frames, rate, samples, name)


def _within(field: str, value: int, low: int, high: int) -> list[str]:
    """A fault where a value is out of range."""
    return [] if low <= value <= high else [f"{field} must be {low}..{high}, got {value}"]


def rate_faults(rate: float) -> list[str]:
    """A fault where a frame rate is out of range or no number."""
    low, high = RATES
    return [] if low <= rate <= high else [f"rate must be {low:g}..{high:g} Hz, got {rate}"]


def shape_faults(frames: NDArray[np.generic], tail: tuple[int, ...]) -> list[str]:
    """Faults of an array's shape (N, *tail) and type, a sentence each."""
    shown = ", ".join(("N", *map(str, tail)))
    found = []
    if frames.dtype != np.uint8:
        found.append(f"frames must be uint8, got {frames.dtype}")
    if frames.shape[1:] != tail:
        found.append(f"frames must have the shape ({shown}), got {frames.shape}")
    elif not 1 <= len(frames) <= MAX_FRAMES:
        found.append(f"a score has 1..{MAX_FRAMES:,} frames, got {len(frames):,}")
    return found


def faults(frames: Frames) -> list[str]:
    """What no chip could do in frames (N, 4, 3), a sentence each; none if all is well."""
    found = shape_faults(frames, (4, 3))
    if found:
        return found
    return [fault for at, voice in enumerate(CHIP) for fault in _voice_faults(frames[:, at], voice)]


def _voice_faults(frames: Frames, voice: Voice) -> Iterator[str]:
    """Faults of one voice's frames (N, 3)."""
    note, velocity, timbre = frames.T
    strange = (note != 0) & ((note < voice.low) | (note > voice.high))
    yield from _fault(voice, "note", note, strange, f"0 or {voice.low}..{voice.high}")
    yield from _fault(voice, "velocity", velocity, velocity > voice.velocity, _upto(voice.velocity))
    yield from _fault(voice, "timbre", timbre, timbre > voice.timbre, _upto(voice.timbre))
    if voice.velocity:
        silent, sounding = (note == 0) & (velocity > 0), (note > 0) & (velocity == 0)
        yield from _fault(voice, "velocity", velocity, silent, "0 where the note is 0")
        yield from _fault(voice, "velocity", velocity, sounding, "1..15 where a note sounds")


def _upto(high: int) -> str:
    return f"0..{high}" if high else "0"


def _fault(
    voice: Voice, field: str, values: Frames, wrong: NDArray[np.bool_], allowed: str
) -> Iterator[str]:
    """A sentence for the frames (N,) where a field is wrong, if any."""
    at = np.flatnonzero(wrong)
    if len(at):
        more = f" (and in {len(at) - 1} more frames)" if len(at) > 1 else ""
        yield f"{voice.name} {field} at frame {at[0]} must be {allowed}, got {values[at[0]]}{more}"
