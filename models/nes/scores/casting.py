"""Which part of a song the two pulses and the triangle play, window by window. Pure.

P1 takes the part that is most of a melody, TR the one that is most of a bass, P2 the line that
adds most to them. Who plays already goes on unless another is clearly better.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from starling.models.nes.scores.lines import Grid, Line, Lines
from starling.models.nes.scores.song import Part, Song

Weights = NDArray[np.float64]
WINDOW = 48  # frames: two seconds, about a bar
STAY = 0.35  # how much better another part has to be
OCTAVES = 24.0  # semitones that change a weight by half
MIDDLE, LOW = 60.0, 48.0  # keys a melody and a bass are weighed from
BUSY = 4.0  # onsets a second that make a melody in full
MELODY = re.compile(
    r"voice|vocal|sopran|melod|lead|sing|solo|flute|oboe|clarinet|violin (1|i)\b|treble|right",
    re.IGNORECASE,
)
BASS = re.compile(r"bass|baß|cello|tuba|pedal|bassoon|left", re.IGNORECASE)
BASS_PROGRAMS = frozenset({*range(32, 40), 42, 43, 58, 70})
HINT = 0.4
PLACE = (0.2, 0.1, 0.0)  # top, second and bottom of a part, for P2


def cast(song: Song, grid: Grid, parts: Sequence[Part], lines: Sequence[Lines]) -> list[Line]:
    """The lines (N,) of P1, P2 and TR from those of pitched parts."""
    keys = np.concatenate([[0], song.key]).astype(np.int32)
    loud = np.concatenate([[0], song.velocity]) / 127
    tops = [each.top for each in lines]
    melody = [_melody(top, keys, loud) for top in tops]
    hints = [HINT * bool(MELODY.search(part.name)) for part in parts]
    first = _follow(tops, np.stack([w * (1 + h) for w, h in zip(melody, hints, strict=True)]))
    bottoms = [_without(each.bottom, first) for each in lines]
    bass = np.stack(
        [_bass(line, keys) * (1 + _low(part)) for line, part in zip(bottoms, parts, strict=True)]
    )
    third = _follow(bottoms, bass)
    inner = [
        (_without(line, first, third), place)
        for each in lines
        for line, place in zip((each.top, each.second, each.bottom), PLACE, strict=True)
    ]
    weights = [_inner(line, first, keys, loud) * (1 + place) for line, place in inner]
    second = _follow([line for line, _ in inner], np.stack(weights))
    return [first, second, third]


def _low(part: Part) -> float:
    return HINT * (bool(BASS.search(part.name)) or part.program in BASS_PROGRAMS)


def _without(line: Line, *others: Line) -> Line:
    """A line without the notes that sound in other lines at the time."""
    taken = np.zeros(len(line), np.bool_)
    for other in others:
        taken |= line == other
    return np.where(taken, 0, line).astype(np.int32)


def _windows(values: NDArray[np.generic]) -> NDArray[np.float64]:
    """Values (N,) as (windows, WINDOW), zeros after the end."""
    missing = -len(values) % WINDOW
    return np.pad(values.astype(np.float64), (0, missing)).reshape(-1, WINDOW)


def _share(line: Line) -> Weights:
    """The share of each window's frames (windows,) in which a line sounds."""
    share: Weights = _windows(line > 0).mean(axis=1)
    return share


def _mean(line: Line, values: NDArray[np.generic]) -> Weights:
    """The mean over the sounding frames of each window of the notes' values; 0 in silence."""
    mean: Weights = _windows(values[line]).sum(axis=1) / np.maximum(
        _windows(line > 0).sum(axis=1), 1
    )
    return mean


def _melody(line: Line, keys: NDArray[np.int32], loud: Weights) -> Weights:
    """How much of a melody a line is in each window."""
    onsets = (np.diff(line, prepend=np.int32(0)) != 0) & (line > 0)
    busy = np.minimum(_windows(onsets).mean(axis=1) * 24.0 / BUSY, 1.0)
    height = (_mean(line, keys) - MIDDLE) / OCTAVES
    weight: Weights = 1 + 0.5 * height + 0.5 * busy + 0.5 * _mean(line, loud)
    return _share(line) * np.maximum(weight, 0.1)


def _bass(line: Line, keys: NDArray[np.int32]) -> Weights:
    """How much of a bass a line is in each window."""
    depth = (LOW - _mean(line, keys)) / OCTAVES
    return _share(line) * np.maximum(1 + 0.7 * depth, 0.1)


def _inner(line: Line, first: Line, keys: NDArray[np.int32], loud: Weights) -> Weights:
    """How much a line adds to P1 in each window: unisons add nothing."""
    apart = np.where(keys[line] != keys[first], line, 0).astype(np.int32)
    return _share(apart) * (1 + 0.3 * _mean(line, loud))


def _follow(lines: Sequence[Line], weights: Weights) -> Line:
    """One line (N,) from several, by weights (lines, windows) and by who plays already."""
    chosen, now = np.zeros(weights.shape[1], np.int64), -1
    for window, each in enumerate(weights.T):
        best = int(each.argmax())
        if now < 0 or each[best] > each[now] * (1 + STAY) + 1e-9:
            now = best
        chosen[window] = now
    frames = np.repeat(chosen, WINDOW)[: len(lines[0])]
    found = np.zeros(len(lines[0]), np.int32)
    for index, line in enumerate(lines):
        found = np.where(frames == index, line, found)
    return found.astype(np.int32)
