"""Notes as a MIDI file for a DAW: on its beats, at its tempo. `arrange` reads it back exactly.

tracks    p1, p2, tr on channels 1..3, noise on channel 10
keys      notes; the noise's 1..16 are the keys 36..51, low to high
velocity  100 of a note at full volume: how loud a voice is belongs to the mixer
volume    of a prompt with its own: as velocity, and while it sounds as expression, controller 11
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import pairwise

import mido
import numpy as np
from numpy.typing import NDArray

from starling.models.errors import InputError
from starling.models.nes.scores.drums import FIRST_KEY
from starling.models.nes.scores.midi_file import Message, MidiFile, Track
from starling.models.nes.scores.score import FULL_VELOCITY, Frames
from starling.models.nes.scores.voice_line import LOUDEST, parts

TICKS_PER_BEAT = 960  # whole ticks a frame for 4, 8, 12, 16, 20 and 24 frames a beat
TRACKS = ("p1", "p2", "tr", "noise")
CHANNELS = (0, 1, 2, 9)  # 9: drums
PROGRAMS = (80, 81, 38, 121)  # square lead, saw lead, synth bass 1, breath noise
VELOCITY = 100
NOISE = 3
EXPRESSION = 11
OFF, CONTROL, ON = range(3)  # the order of messages at one tick
NUMERATORS, DENOMINATORS = range(1, 65), (1, 2, 4, 8, 16)
METRES = "a metre must be 1..64 over 1, 2, 4, 8 or 16, as 7/8"
Timed = tuple[int, int, Message]  # tick, order, message


@dataclass(frozen=True, slots=True)
class Metre:
    """The notes of a bar, as a time signature has them. Raises InputError for what is none.

    >>> str(Metre.parse("7/8")), Metre(7, 8).frames(12)
    ('7/8', 42)
    """

    numerator: int = 4
    denominator: int = 4

    def __post_init__(self) -> None:
        if self.numerator not in NUMERATORS or self.denominator not in DENOMINATORS:
            raise InputError(f"{METRES}, got {self}")

    @classmethod
    def parse(cls, text: str) -> Metre:
        """The metre of a text such as 7/8."""
        found = re.fullmatch(r"(\d{1,4})/(\d{1,4})", text)
        if not found:
            raise InputError(f"{METRES}, got {text!r}")
        return cls(int(found[1]), int(found[2]))

    def frames(self, beat: int) -> int:
        """Frames of a bar, where a quarter note has a multiple of four."""
        return 4 * beat * self.numerator // self.denominator

    def __str__(self) -> str:
        return f"{self.numerator}/{self.denominator}"


COMMON = Metre()


def metre_of(file: MidiFile) -> Metre:
    """The first time signature of a file; 4/4 where it has none, or an unusual one."""
    for track in file.tracks:
        for message in track:
            if message.type == "time_signature":
                pair = message.numerator, message.denominator
                known = pair[0] in NUMERATORS and pair[1] in DENOMINATORS
                return Metre(*pair) if known else COMMON
    return COMMON


@dataclass(frozen=True, slots=True)
class Beats:
    """Beats a minute, frames of a beat, which is a quarter note, and the metre.

    Raises InputError for a beat that is no whole number of ticks a frame, or a bar of no whole
    number of frames.
    """

    tempo: float
    frames: int
    metre: Metre = COMMON

    def __post_init__(self) -> None:
        if 4 * self.frames * self.metre.numerator % self.metre.denominator:
            raise InputError(f"a bar of {self.metre} is no whole number of frames")
        if self.frames < 1 or TICKS_PER_BEAT % self.frames:
            raise InputError(
                f"the frames of a beat must divide {TICKS_PER_BEAT}, got {self.frames}"
            )

    @property
    def rate(self) -> float:
        """Frames a second."""
        return self.frames * self.tempo / 60

    @property
    def bar(self) -> int:
        """Frames of a bar."""
        return self.metre.frames(self.frames)


def to_midi(notes: Frames, beats: Beats, name: str = "", volumes: Frames | None = None) -> MidiFile:
    """Notes (N, 4) as a file of five tracks, all as long as the piece: the tempo, then the voices.

    `volumes` (N, 4) are 1..15 where notes sound; without them all are full.

    >>> [each.name for each in to_midi(np.zeros((48, 4), np.uint8), Beats(120, 12)).tracks]
    ['', 'p1', 'p2', 'tr', 'noise']
    """
    file: MidiFile = mido.MidiFile(type=1, ticks_per_beat=TICKS_PER_BEAT, charset="utf-8")  # type: ignore[no-untyped-call]
    frame = TICKS_PER_BEAT // beats.frames
    end = len(notes) * frame
    loud = np.full(notes.shape, FULL_VELOCITY) if volumes is None else volumes.astype(np.int64)
    metre = asdict(beats.metre)
    conductor: list[Timed] = [
        (0, 0, _meta("set_tempo", tempo=round(60_000_000 / beats.tempo))),
        (0, 1, _meta("time_signature", **metre)),
    ]
    file.tracks.append(_track(name, conductor, end))
    for voice, track in enumerate(TRACKS):
        messages = _messages(notes[:, voice], loud[:, voice], voice, frame)
        file.tracks.append(_track(track, sorted(messages, key=lambda each: each[:2]), end))
    return file


def _meta(kind: str, **fields: int | str) -> Message:
    return mido.MetaMessage(kind, **fields)  # type: ignore[no-untyped-call]


def _message(kind: str, voice: int, **fields: int) -> Message:
    return mido.Message(kind, channel=CHANNELS[voice], **fields)  # type: ignore[no-untyped-call]


def _track(name: str, messages: list[Timed], end: int) -> Track:
    """A track by its name, with the times between its messages, which are in order."""
    track: Track = mido.MidiTrack()
    track.append(_meta("track_name", name=name))
    now = 0
    for tick, _, message in [*messages, (end, 0, _meta("end_of_track"))]:
        track.append(message.copy(time=tick - now))
        now = tick
    return track


def _messages(notes: Frames, volumes: NDArray[np.int64], voice: int, frame: int) -> Iterator[Timed]:
    """The notes and volumes (N,) of one voice, `frame` ticks a frame."""
    yield 0, OFF, _message("program_change", voice, program=PROGRAMS[voice])
    edges = np.flatnonzero(np.diff(notes, prepend=np.uint8(0), append=np.uint8(0))).tolist()
    standing = LOUDEST
    for first, last in pairwise(edges):
        if notes[first]:
            key = int(notes[first]) + (FIRST_KEY - 1 if voice == NOISE else 0)
            inside = volumes[first:last]
            velocity = round(VELOCITY * int(inside.max()) / FULL_VELOCITY)
            yield first * frame, ON, _message("note_on", voice, note=key, velocity=velocity)
            yield last * frame, OFF, _message("note_off", voice, note=key)
            for at, value in enumerate(parts(inside), first):
                if value != standing:
                    fields = {"control": EXPRESSION, "value": value}
                    yield at * frame, CONTROL, _message("control_change", voice, **fields)
                standing = value
