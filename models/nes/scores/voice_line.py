"""One voice of a score in nesmdb's MIDI, to the sample: for the chip as it is, else as notes.

velocity    of a note its largest volume, 1..15 as 8..127; the triangle has none and plays 127
expression  the volume while it sounds, as a part of that, by General MIDI's square law
keys        notes; the noise's 1..16 are the keys 36..51, low to high
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from starling.models.errors import InputError
from starling.models.nes.scores import midi
from starling.models.nes.scores.drums import FIRST_KEY
from starling.models.nes.scores.midi_file import MidiFile
from starling.models.nes.scores.score import CHIP, FULL_VELOCITY, SAMPLE_RATE, VOICES, Frames
from starling.models.nes.scores.score import faults as score_faults

KEYS = 16  # of the noise
LOUDEST = 127  # of a velocity or a controller in MIDI


class Held(NamedTuple):
    """A note: seconds, a MIDI key, and a velocity 1..127."""

    start: float
    end: float
    key: int
    velocity: int


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """What a voice does: note, velocity and timbre `states` (K, 3) from `samples` (K,) on.

    Samples are at 44.1 kHz; `end` is that of the score.
    """

    voice: str
    samples: NDArray[np.int64]
    states: Frames
    end: int


def of_file(file: MidiFile, name: str) -> dict[str, Line]:
    """The voices of a file in nesmdb's conventions, by name.

    Raises ParseError (no end) and InputError (a note or value that the chip does not have).
    """
    end = midi.end_of(file, name)
    tracks = [track for track in file.tracks if track.name in VOICES]
    found = {track.name: dict(midi.states(track, VOICES.index(track.name))) for track in tracks}
    return {voice: _line(voice, states, end, name) for voice, states in found.items()}


def _line(voice: str, states: dict[int, midi.State], end: int, name: str) -> Line:
    """The states (by sample) that differ from those before them."""
    samples = np.array([each for each in states if each < end], np.int64)
    values = np.array([states[int(each)] for each in samples], np.uint8)
    whole = np.zeros((len(samples), len(VOICES), 3), np.uint8)
    whole[:, VOICES.index(voice)] = values
    if wrong := score_faults(whole):
        raise InputError(f"{name}: {'; '.join(wrong)}", code="bad_score")
    new = np.ones(len(samples), bool)
    new[1:] = (values[1:] != values[:-1]).any(axis=1)
    return Line(voice, samples[new], values[new], end)


def cast(line: Line, voice: str) -> Frames:
    """A line's states (K, 3) for another voice of the chip, or its own.

    A duty means nothing to the noise, nor its mode to a pulse: then it is 0.
    """
    states = line.states.copy()
    sounds, keys = states[:, 0] > 0, _keys(line)
    if voice == "no" and line.voice != "no":
        keys = (keys - FIRST_KEY) % KEYS + 1
    elif voice == "no":
        keys = states[:, 0].astype(np.int64)
    states[:, 0] = np.where(sounds, keys, 0)
    states[:, 1] = np.where(sounds, _volumes(line), 0)
    if not alike(line.voice, voice):
        states[:, 2] = 0
    return states


def alike(one: str, other: str) -> bool:
    """Whether timbres of two voices mean the same."""
    return one == other or {one, other} == {"p1", "p2"}


def notes(line: Line) -> list[Held]:
    """The notes of a line, for any instrument."""
    keys, volumes = _keys(line), _volumes(line)
    return [
        Held(
            start / SAMPLE_RATE,
            end / SAMPLE_RATE,
            int(keys[first]),
            round(LOUDEST * int(volumes[first:last].max()) / FULL_VELOCITY),
        )
        for first, last, start, end in _runs(line)
    ]


def expression(line: Line) -> list[tuple[float, int]]:
    """Seconds and values 0..127 of expression, where it changes; it is full before."""
    volumes, found, before = _volumes(line), [], LOUDEST
    for first, last, _, _ in _runs(line):
        for at, value in enumerate(parts(volumes[first:last]), first):
            if value != before:
                found.append((int(line.samples[at]) / SAMPLE_RATE, value))
            before = value
    return found


def parts(volumes: NDArray[np.integer]) -> list[int]:
    """Volumes (n,) of a note as expression 0..127, the largest being 127.

    >>> parts(np.array([12, 6, 3]))
    [127, 90, 64]
    """
    return [round(LOUDEST * math.sqrt(each / volumes.max())) for each in volumes]


def _runs(line: Line) -> Iterator[tuple[int, int, int, int]]:
    """Of each note its first state and the one after it, and the samples of both."""
    played = line.states[:, 0].astype(np.int64)
    edges = np.flatnonzero(np.diff(played, prepend=0, append=0)).tolist()
    times = [*line.samples.tolist(), line.end]
    for first, last in pairwise(edges):
        if played[first]:
            yield first, last, times[first], times[last]


def _keys(line: Line) -> NDArray[np.int64]:
    """MIDI keys (K,) of a line."""
    played = line.states[:, 0].astype(np.int64)
    return played + (FIRST_KEY - 1) if line.voice == "no" else played


def _volumes(line: Line) -> NDArray[np.int64]:
    """Volumes (K,) of a line."""
    if CHIP[VOICES.index(line.voice)].velocity:
        return line.states[:, 1].astype(np.int64)
    return np.full(len(line.states), FULL_VELOCITY, np.int64)
