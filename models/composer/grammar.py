"""Which steps a score that is partly given allows: continuation, accompaniment, infilling alike.

A score is a table of cells, a frame of a voice each; some cells are known. A step may land only on
frames where a voice can change, what is known happens at its time, and nothing else happens to
known cells.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from starling.models.composer.context.steps import MOST_WAIT, VOICES
from starling.models.composer.songs import Frames, check, to_classes
from starling.models.errors import InputError

MOST_FRAMES = 86_400  # an hour: what a piece may be long
NO_LIMIT = MOST_FRAMES + 1  # frames until something known happens, where nothing does


@dataclass(frozen=True, slots=True)
class Given:
    """Classes (N, 4) of a score, and which cells (N, 4) of it are known."""

    classes: NDArray[np.int16]
    known: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.classes)

    def until_forced(self, time: int, state: Sequence[int], begins: bool) -> int:
        """Frames from `time` until a known cell differs from the classes (4,) now."""
        first = time if begins else time + 1
        differs = self.known[first:] & (self.classes[first:] != np.asarray(state))
        rows = differs.any(axis=1)
        at = int(rows.argmax()) if len(rows) else 0
        return at + first - time if len(rows) and rows[at] else NO_LIMIT

    def waits(self, time: int, forced: int, begins: bool) -> NDArray[np.bool_]:
        """Which waits (MOST_WAIT + 1,) are allowed; one that passes the end always is."""
        allowed = np.ones(MOST_WAIT + 1, bool)
        allowed[0] = begins
        count = min(MOST_WAIT + 1, len(self) - time)
        allowed[:count] &= ~self.known[time : time + count].all(axis=1)
        if forced <= MOST_WAIT:
            allowed[forced] = True
            allowed[forced + 1 :] = False
        else:
            allowed[MOST_WAIT] = True  # a link of a chain changes nothing
        return allowed

    def choices(self, frame: int, state: Sequence[int]) -> list[int | None]:
        """What each voice does at a frame, as a class of its head; None where that is free."""
        row, known = self.classes[frame].tolist(), self.known[frame].tolist()
        return [
            (0 if value == now else value + 1) if fixed else None
            for value, fixed, now in zip(row, known, state, strict=True)
        ]


def must_change(
    voice: int, choices: Sequence[int | None], chosen: Sequence[int], wait: int
) -> bool:
    """Whether a free voice has to change: no other did or will, and the wait is no chain's."""
    later = any(choice != 0 for choice in choices[voice + 1 :])
    return wait < MOST_WAIT and not any(chosen[:voice]) and not later


def free(frames: int) -> Given:
    """Nothing is known of so many frames. Raises InputError for no frames, and too many."""
    if not 1 <= frames <= MOST_FRAMES:
        raise InputError(f"frames must be 1..{MOST_FRAMES}, got {frames}")
    return Given(np.zeros((frames, VOICES), np.int16), np.zeros((frames, VOICES), bool))


def continuation(prompt: Frames, frames: int) -> Given:
    """All voices of a prompt (P, 4), and then so many free frames."""
    given = free(len(prompt) + frames)
    check(prompt, "the prompt")
    given.classes[: len(prompt)] = to_classes(prompt)
    given.known[: len(prompt)] = True
    return given


def arrangement(notes: Frames, voices: Sequence[int]) -> Given:
    """A score (N, 4) of which some voices (0..3) are to be written, the others known.

    Raises InputError for a voice that there is not, and where none is to be written.
    """
    wrong = [voice for voice in voices if voice not in range(VOICES)]
    if wrong or not voices:
        raise InputError(f"voices to write must be some of 0..{VOICES - 1}, got {list(voices)}")
    given = free(len(notes))
    check(notes, "the score")
    given.classes[:] = to_classes(notes)
    given.known[:] = [voice not in voices for voice in range(VOICES)]
    return given


def infilling(notes: Frames, voices: Sequence[int], first: int, last: int) -> Given:
    """A score (N, 4) of which some voices are to be written from frame `first` to before `last`."""
    given = arrangement(notes, voices)
    if not 0 <= first < last <= len(notes):
        raise InputError(f"frames to write must lie in 0..{len(notes)}, got {first}..{last}")
    given.known[:first] = True
    given.known[last:] = True
    return given
