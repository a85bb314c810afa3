"""Turn notes into the control signals of the Faust voices: which voice plays what, when. Pure.

The Faust synth has no MIDI of its own here. Each voice reads one signal, `code`, per sample:
velocity * 128 + key while the key is down, the same number negative after it went up, 0 before the
voice's first note. So a note starts on its exact sample, and the same notes give the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from starling.models.errors import InputError

__all__ = ["NoteEvent", "allocate", "check_length", "codes"]


@dataclass(frozen=True, slots=True)
class NoteEvent:
    """A key 0..127 struck with velocity 1..127, held from `start` for `length` seconds."""

    start: float
    length: float
    key: int
    velocity: int

    def __post_init__(self) -> None:
        if not 0 <= self.key <= 127:
            raise InputError(f"note must be 0..127, got {self.key}", code="bad_note")
        if not 1 <= self.velocity <= 127:
            raise InputError(f"velocity must be 1..127, got {self.velocity}", code="bad_velocity")
        if not (self.start >= 0 and self.length >= 0):
            raise InputError("a note's start and length must be 0 s or more", code="bad_note")


def check_length(seconds: float, sample_rate: int, longest: float, rates: range) -> None:
    """Raise InputError (`bad_rate`, `bad_length`) for what a synth cannot render."""
    if sample_rate not in rates:
        legal = f"{rates.start}..{rates.stop - 1}"
        raise InputError(f"sample rate must be {legal} Hz, got {sample_rate}", code="bad_rate")
    if not 0 < seconds <= longest:
        raise InputError(f"seconds must be 0..{longest:g}, got {seconds:g}", code="bad_length")


def allocate(notes: Sequence[NoteEvent], voices: int, release: float) -> list[list[NoteEvent]]:
    """Give each note a voice: at most `voices` lists, in order of time.

    A voice is free when it has died away: 1.5 times `release`, the seconds to 1 %, after its key
    went up. With none free the one whose key went up first is taken, and its note ends there: as
    few voices as the music needs.
    """
    lanes: list[list[NoteEvent]] = []
    ends: list[float] = []
    for note in sorted(notes, key=lambda n: (n.start, n.key, n.velocity, n.length)):
        lane = next(
            (i for i, end in enumerate(ends) if end + 1.5 * release <= note.start), len(lanes)
        )
        if lane == voices:
            lane = min(range(voices), key=lambda i: (ends[i], i))
        if lane == len(lanes):
            lanes.append([])
            ends.append(0.0)
        lanes[lane].append(note)
        ends[lane] = note.start + note.length
    return lanes


def codes(lane: Sequence[NoteEvent], frames: int, sample_rate: int) -> NDArray[np.float32]:
    """The `code` signal of one voice, (frames,). A cut note goes up a sample before the next."""
    signal = np.zeros(frames, np.float32)
    for note in lane:
        code = note.velocity * 128 + note.key
        start = round(note.start * sample_rate)
        end = max(start + 1, round((note.start + note.length) * sample_rate))
        if start > 0:
            signal[start - 1] = -abs(signal[start - 1])  # a gap, so that the gate rises again
        signal[start:end] = code
        signal[end:] = -code
    return signal
