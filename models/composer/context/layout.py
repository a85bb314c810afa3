"""What a step is predicted from, as a row of bytes: which columns there are, and how they change.

Every column is an index into a table of its own. The row of step i follows from steps before it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from starling.models.composer.context.meter import BEATS, FINE, SIXTEENTHS, TEMPI, TENTHS
from starling.models.composer.context.steps import MOST_AGE, MOST_WAIT, VOICES
from starling.models.composer.songs import CLASSES, LOWEST
from starling.models.nes.scores.score import RATE

Kind = Literal[
    "wait", "class", "optional class", "age", "remaining", "confidence", "pitch age", "meter"
]
Rows = NDArray[np.uint8]

BEGIN = MOST_WAIT + 1  # in place of the wait before a song's first step
AGES = 16  # buckets of how long a voice has held its class
ORDERS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32)  # symbols of a past that is looked up
CONFIDENCES = 1 + 3 * len(ORDERS)  # none; by order: seen once, seen twice alike, seen twice unlike
LATE, SOON = -3, MOST_WAIT + 1  # frames: the bounds of how far away a predicted change is
REMAINING = 1 + SOON - LATE + 1  # 0: no prediction
POINTERS = ("exact", "exact, another", "tolerant", "tolerant, another", "interval", "echo")
GLOBALS = ("exact", "tolerant")
RECENT = 8  # other classes that a voice had before
RECENT_WAITS = 6
PITCHES = 12  # pitch classes
PITCH_AGES = 8  # buckets of how long ago one sounded
LONGEST_BEAT = round(TENTHS * 60 * RATE / TEMPI[0])
BARS = BEATS[-1] * SIXTEENTHS * FINE  # places in the longest bar
MOST_SHIFT = 6  # semitones either way: every key is reached
PITCHED = 3  # the voices that have pitch: all but the last


@dataclass(frozen=True, slots=True)
class Column:
    """One byte of a row; `voice` is VOICES where it belongs to none."""

    kind: Kind
    size: int
    voice: int = VOICES


def _optional(voice: int) -> Column:
    """A class, or 0 for none."""
    return Column("optional class", CLASSES[voice] + 1, voice)


def _pointer(voice: int) -> list[Column]:
    """A predicted change of a voice: in how many frames, to what, how surely."""
    when, sure = Column("remaining", REMAINING, voice), Column("confidence", CONFIDENCES, voice)
    return [when, _optional(voice), sure]


_EACH = range(VOICES)
GROUPS: dict[str, list[Column]] = {
    "wait": [Column("wait", BEGIN + 1)],
    "change": [_optional(voice) for voice in _EACH],
    "state": [Column("class", CLASSES[voice], voice) for voice in _EACH],
    "age": [Column("age", AGES, voice) for voice in _EACH],
    "pointer": [each for voice in _EACH for _ in POINTERS for each in _pointer(voice)],
    "global": [
        each
        for _ in GLOBALS
        for each in (
            Column("wait", MOST_WAIT + 1),
            *map(_optional, _EACH),
            Column("confidence", CONFIDENCES),
        )
    ],
    "recent": [_optional(voice) for voice in _EACH for _ in range(RECENT)],
    "recent wait": [Column("wait", MOST_WAIT + 1)] * RECENT_WAITS,
    "pitch": [Column("pitch age", PITCH_AGES)] * PITCHES,
    "meter": [Column("meter", LONGEST_BEAT + 1), Column("meter", BARS + 1)],  # 0: not known
}
COLUMNS = [each for group in GROUPS.values() for each in group]
WIDTH = len(COLUMNS)


def _slices() -> dict[str, slice]:
    """Where each group lies in a row."""
    found: dict[str, slice] = {}
    at = 0
    for name, group in GROUPS.items():
        found[name] = slice(at, at + len(group))
        at += len(group)
    return found


PLACE = _slices()


def age_buckets() -> NDArray[np.uint8]:
    """The bucket of each age 0..MOST_AGE: exact up to 8 frames, then half octaves."""
    later = [8 + int(2 * math.log2(age / 8)) for age in range(8, MOST_AGE + 1)]
    return np.minimum([*range(8), *later], AGES - 1).astype(np.uint8)


AGE_BUCKETS = age_buckets()
PITCH_LIMITS = np.array([1, 12, 24, 48, 96, 192])  # frames: half a second, and octaves of it


def confidence(order: int, repeats: int) -> int:
    """The code of a prediction by the order at place `order` of ORDERS.

    `repeats`: 0 where the past was seen once, 1 twice with the same sequel, 2 with another.
    """
    return 1 + 3 * order + repeats


def pitch_class(classes: NDArray[np.integer], voice: int) -> NDArray[np.int64]:
    """The pitch class 0..11 of classes of a pitched voice, of sounding ones."""
    return (classes.astype(np.int64) + LOWEST[voice] - 1) % PITCHES


def range_of(states: Rows) -> tuple[int, int]:
    """By how many semitones a song's states (n, 4) can go down and up: least <= 0, most >= 0."""
    least, most = -MOST_SHIFT, MOST_SHIFT
    for voice in range(PITCHED):
        sounding = states[:, voice][states[:, voice] > 0].astype(int)
        if len(sounding):
            least = max(least, 1 - int(sounding.min()))
            most = min(most, CLASSES[voice] - 1 - int(sounding.max()))
    return least, most


def _shift_table(semitones: int) -> NDArray[np.uint8]:
    """What each byte of a column (WIDTH, 256) becomes when a song is transposed."""
    table = np.tile(np.arange(256), (WIDTH, 1))
    for at, column in enumerate(COLUMNS):
        if column.voice < PITCHED and column.kind in ("class", "optional class"):
            silent = 0 if column.kind == "class" else 1
            moved = np.clip(table[at] + semitones, silent + 1, column.size - 1)
            table[at] = np.where(table[at] > silent, moved, table[at])
    return table.astype(np.uint8)


def _columns_after_shift(semitones: int) -> NDArray[np.int64]:
    """Which column each comes from: pitch classes turn round."""
    order, place = np.arange(WIDTH), PLACE["pitch"]
    order[place] = place.start + (np.arange(PITCHES) - semitones) % PITCHES
    return order


SHIFTS = range(-MOST_SHIFT, MOST_SHIFT + 1)
_TABLES = np.stack([_shift_table(semitones) for semitones in SHIFTS])
_TURNS = np.stack([_columns_after_shift(semitones) for semitones in SHIFTS])


def _swapped() -> NDArray[np.int64]:
    """Which column each comes from when the pulses change places."""
    order = np.arange(WIDTH)
    for name, place in PLACE.items():
        group = GROUPS[name]
        for voice, other in ((0, 1), (1, 0)):
            mine = [place.start + at for at, each in enumerate(group) if each.voice == voice]
            order[mine] = [place.start + at for at, each in enumerate(group) if each.voice == other]
    return order


_SWAP = _swapped()


def augmented(rows: Rows, semitones: int, swap: bool) -> Rows:
    """Rows (n, WIDTH) of a song transposed, and with its pulses in each other's place."""
    if semitones:
        table = _TABLES[semitones + MOST_SHIFT]
        rows = table[np.arange(WIDTH), rows][:, _TURNS[semitones + MOST_SHIFT]]
    return rows[:, _SWAP] if swap else rows
