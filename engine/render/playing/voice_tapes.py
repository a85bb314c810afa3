"""Notes of a track to tapes: what one Faust voice plays end to end, and where that belongs. Pure.

A voice starts anew at each note, so the notes of a song need not be rendered in song time: they are
laid behind one another on tapes without the rests, rendered on any core, and put back in place.
The cost is that of the sounding notes alone, and the result does not depend on how many cores work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from starling.engine.songs.notes import MAIN, SongNote

TAPE_SECONDS = 30.0  # long enough that starting a tape costs little, short enough to share out
POLYPHONY = 32  # a note ends at the latest when the 32nd after it starts
GAP_SECONDS = 0.005  # between two notes of a tape, so that the gate is seen to fall
RELEASES = 1.55  # of Starling's release time, which is to 1 %; it ends after 1.502 of them
STEAL_SECONDS = 0.01  # fade of a note that had to end

Array = NDArray[np.float32]
PitchOver = Callable[[int, int, int, int], Array | None]  # `Pitch.over`


@dataclass(frozen=True, slots=True)
class Slot:
    """One note on a tape, in frames: from `at` on the tape to `start` in the song."""

    at: int
    start: int
    frames: int
    held: int
    key: int
    velocity: int
    stolen: int  # 1: it had to end early
    channel: int = MAIN  # whose bends it follows


FIELDS = tuple(field.name for field in fields(Slot))


@dataclass(frozen=True, slots=True)
class Tape:
    """Notes that one voice plays one after the other."""

    slots: tuple[Slot, ...]
    frames: int

    def code(self) -> Array:
        """The signal (frames,) of `synths.voicing`: sounding key, negative once released."""
        signal = np.zeros(self.frames, np.float32)
        for slot in self.slots:
            code = slot.velocity * 128 + slot.key
            signal[slot.at : slot.at + slot.held] = code
            signal[slot.at + slot.held : slot.at + slot.frames] = -code
        return signal

    def signals(self, bend: Array) -> Array:
        """What drives the voice, (2, frames): the code, and the bend as `cut` makes it, or none."""
        bent = bend if bend.size else np.zeros((1, self.frames), np.float32)
        return np.concatenate([self.code()[None], bent])

    def json(self) -> list[list[int]]:
        """The slots as plain lists, for the process that renders the tape."""
        return [[getattr(slot, name) for name in FIELDS] for slot in self.slots]

    def cut(self, pitch: PitchOver) -> Array:
        """The pitch of each note as it passes on the tape: (1, tape frames)."""
        passed = np.zeros(self.frames, np.float32)
        for slot in self.slots:
            curve = pitch(slot.channel, slot.key, slot.start, slot.frames)
            if curve is not None:
                passed[slot.at : slot.at + slot.frames] = curve
        return passed[None]

    def place(self, rendered: Array, song: Array) -> None:
        """Add what was rendered (2, tape frames) to the song (2, frames), in place."""
        for slot in self.slots:
            sound = rendered[:, slot.at : slot.at + slot.frames]
            song[:, slot.start : slot.start + slot.frames] += (
                _faded(sound) if slot.stolen else sound
            )


def read_tape(slots: Sequence[Sequence[int]], frames: int) -> Tape:
    """A tape from what `Tape.json` made."""
    return Tape(tuple(Slot(*values) for values in slots), frames)


def tapes(notes: Sequence[SongNote], release: float, sample_rate: int, frames: int) -> list[Tape]:
    """Lay a track's notes on tapes; `release` in seconds, `frames` the length of the song."""
    gap = max(2, round(GAP_SECONDS * sample_rate))
    found: list[Tape] = []
    slots: list[Slot] = []
    at = 0
    for start, length, note, stolen in _spans(notes, release, sample_rate, frames):
        held = max(1, min(round(note.seconds * sample_rate), length))
        slots.append(Slot(at, start, length, held, note.key, note.velocity, stolen, note.channel))
        at += length + gap
        if at >= TAPE_SECONDS * sample_rate:
            found.append(Tape(tuple(slots), at))
            slots, at = [], 0
    return [*found, Tape(tuple(slots), at)] if slots else found


def _spans(
    notes: Sequence[SongNote], release: float, sample_rate: int, frames: int
) -> Iterator[tuple[int, int, SongNote, int]]:
    """Start and length in frames of each note with its release, and whether it had to end early."""
    tail = round((RELEASES * release + 0.01) * sample_rate)
    starts = [round(note.start * sample_rate) for note in notes]
    for at, (start, note) in enumerate(zip(starts, notes, strict=True)):
        end = min(start + round(note.seconds * sample_rate) + tail, frames)
        following = starts[at + POLYPHONY] if at + POLYPHONY < len(starts) else end
        limit = max(following + round(STEAL_SECONDS * sample_rate), start + 1)
        if start < frames:
            yield start, max(1, min(end, limit) - start), note, int(limit < end)


def _faded(sound: Array) -> Array:
    """A sound whose last frames go to zero."""
    ramp = np.ones(sound.shape[1], np.float32)
    fade = min(sound.shape[1], 512)  # 12 ms at 44.1 kHz
    ramp[-fade:] = np.linspace(1, 0, fade, dtype=np.float32)
    return sound * ramp
