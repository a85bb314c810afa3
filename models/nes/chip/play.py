"""A score to register writes: what a program would do that plays it, a frame after the other.

>>> from starling.models.nes.scores.score import from_notes
>>> score = from_notes(np.array([[69, 0, 45, 0]], np.uint8))
>>> play(score, {"p1": Voicing(duty=1, level=8)}).samples
1838
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from starling.models.errors import InputError
from starling.models.nes.chip.notes import PERIODS, timers
from starling.models.nes.scores.score import VOICES, Score, samples_of
from starling.models.nes.writes import Writes, writes_of

FULL = 15
CONSTANT = 0x30  # constant volume, and the length counter halted
NO_SWEEP = 0x08  # downwards, so that low notes are not silenced
LINEAR = 0xFF  # the triangle's counters halted
ALL, NO_TRIANGLE = 0x0F, 0x0B
SETUP = (
    *((0x17, 0x40), (0x15, ALL), (0x01, NO_SWEEP), (0x05, NO_SWEEP)),
    *((0x00, CONSTANT), (0x04, CONSTANT), (0x0C, CONSTANT), (0x08, LINEAR)),
    *((0x03, 0), (0x07, 0), (0x0B, 0), (0x0F, 0)),
    *((0x17, 0xC0), (0x17, 0x40), (0x15, NO_TRIANGLE)),  # its linear counter is loaded at once
)
Frames = NDArray[np.uint8]
Rows = Iterator[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Voicing:
    """How a voice is played: at the score's duty or another, at a part of its volume, or not."""

    duty: int | None = None  # 0..3 for 12.5, 25, 50, 75 %; of the noise 0..1, long or short
    level: int = FULL  # 0..15, that velocity 15 becomes; the triangle has no volume
    mute: bool = False

    def check(self, voice: str) -> None:
        """Raise InputError for a number that the voice does not have."""
        highest = 1 if voice == "no" else 3
        if self.duty is not None and not 0 <= self.duty <= highest:
            raise InputError(f"{voice} duty must be 0..{highest}, got {self.duty}")
        if not 0 <= self.level <= FULL:
            raise InputError(f"{voice} level must be 0..{FULL}, got {self.level}")

    def volume(self, velocity: int) -> int:
        """The volume of a velocity: at least 1, unless one of both is 0."""
        loud = velocity > 0 and self.level > 0
        return max(1, round(velocity * self.level / FULL)) if loud else 0


@dataclass(slots=True)
class Register:
    """Values as they stand in the chip: only what differs is written."""

    values: dict[int, int] = field(default_factory=lambda: dict(SETUP))

    def changed(self, rows: Iterable[tuple[int, int]]) -> Rows:
        """Those rows (address, value) that change something."""
        for address, value in rows:
            if self.values.get(address) == value:
                continue
            self.values[address] = value
            if address == 0x15:
                self.values.pop(0x0B, None)  # enabled anew, the triangle's length must be loaded
            yield address, value


def play(score: Score, voicings: Mapping[str, Voicing] | None = None) -> Writes:
    """A score's writes; voices without a voicing play as the score says. Raises InputError."""
    changed = ((samples_of(at, score.rate), frame) for at, frame in changes(score.frames))
    return play_changes(changed, score.samples, voicings)


def play_changes(
    changed: Iterable[tuple[int, Frames]],
    samples: int,
    voicings: Mapping[str, Voicing] | None = None,
) -> Writes:
    """The writes of frames (4, 3) that begin at samples of 44.1 kHz, in order, `samples` in all.

    Raises InputError.
    """
    chosen = {voice: (voicings or {}).get(voice, Voicing()) for voice in VOICES}
    for name in (voicings or {}).keys() - chosen.keys():
        raise InputError(f"voice must be one of {', '.join(VOICES)}, got {name!r}")
    for voice, voicing in chosen.items():
        voicing.check(voice)
    rows = [(0, address, value) for address, value in SETUP]
    standing = Register()
    for time, frame in changed:
        rows += [(time, *row) for row in standing.changed(frame_rows(frame, chosen))]
    return writes_of(rows, samples)


def changes(frames: Frames) -> Iterator[tuple[int, Frames]]:
    """The frames (4, 3) that differ from the one before, with their numbers."""
    differs = np.any(frames[1:] != frames[:-1], axis=(1, 2))
    for at in (0, *(np.flatnonzero(differs) + 1).tolist()):
        yield at, frames[at]


def frame_rows(frame: Frames, voicings: Mapping[str, Voicing]) -> Rows:
    """All that a frame (4, 3) sets: addresses and values."""
    for index, voice in enumerate(VOICES):
        note, velocity, timbre = (int(number) for number in frame[index])
        voicing = voicings[voice]
        sounds = note > 0 and not voicing.mute
        if voicing.duty is not None:
            timbre = voicing.duty
        volume = voicing.volume(velocity) if sounds else 0
        if voice == "tr":
            yield from triangle_rows(note, sounds and voicing.level > 0)
        elif voice == "no":
            yield from noise_rows(note, volume, timbre)
        else:
            yield from pulse_rows(4 * index, voice, note, volume, timbre)


def pulse_rows(first: int, voice: str, note: int, volume: int, duty: int) -> Rows:
    """A pulse's note. The upper timer bits start the wave anew: they come only when they change."""
    if volume:
        timer = int(timers(np.array([note]), voice)[0])
        yield from ((first + 2, timer & 0xFF), (first + 3, timer >> 8))
    yield first, duty << 6 | CONSTANT | volume


def triangle_rows(note: int, sounds: bool) -> Rows:
    """The triangle's note: it is enabled and disabled, which holds its wave where it is."""
    if not sounds:
        yield 0x15, NO_TRIANGLE
        return
    timer = int(timers(np.array([note]), "tr")[0])
    yield from ((0x15, ALL), (0x0A, timer & 0xFF), (0x0B, timer >> 8))


def noise_rows(note: int, volume: int, mode: int) -> Rows:
    """The noise's note 1..16."""
    if volume:
        yield 0x0E, (mode & 1) << 7 | PERIODS - note
    yield 0x0C, CONSTANT | volume
