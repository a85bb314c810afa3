"""Arrange any song for the four voices of the chip: notes to a score and a report. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from starling.models.dsp.signal import shown_name
from starling.models.nes.scores import casting, drums, in_time, midi, midi_file
from starling.models.nes.scores.in_time import COMMON, Metre
from starling.models.nes.scores.lines import Grid, Line, Lines, grid_of, lines_of
from starling.models.nes.scores.score import CHIP, HALF_DUTY, RATE, VOICES, Frames, Score, onsets
from starling.models.nes.scores.song import Part, Song, from_midi

LATE = 2  # frames by which a voice may delay the onset of a note; a later one drops it
MAX_PARTS = 48  # those with most notes; an orchestra has 30, and 48 take 200 MB an hour
DUTIES = (HALF_DUTY, 1)  # duty cycles of 50 and 25 %: the two pulse voices differ in timbre
SHOWN = 5  # parts named in a report


@dataclass(frozen=True, slots=True)
class Report:
    """Counts of a song's notes and of those in the score; `absent` names the parts without any.

    `moved` counts the notes that are transposed by octaves into a voice's range.
    """

    notes: int
    placed: int
    drums: int
    drums_placed: int
    moved: int
    absent: tuple[str, ...] = ()

    @property
    def sentences(self) -> list[str]:
        """Omissions and changes in words; none where every note is as written."""
        found = []
        if self.placed < self.notes:
            found.append(f"{self.notes - self.placed} of {self.notes} notes have no voice left")
        if self.drums_placed < self.drums:
            lost = self.drums - self.drums_placed
            found.append(f"{lost} of {self.drums} drums fall together with others")
        if self.moved:
            found.append(f"{self.moved} notes are out of the chip's range and moved by octaves")
        if self.absent:
            more = f" and {len(self.absent) - SHOWN} more" if len(self.absent) > SHOWN else ""
            found.append(f"left out: {', '.join(self.absent[:SHOWN])}{more}")
        return found


@dataclass(frozen=True, slots=True)
class Arranged:
    """A score and the report of its arrangement; `exact` where the file is a score already.

    `metre` is that of the file's first time signature, 4/4 where it has none.
    """

    score: Score
    report: Report
    exact: bool = False
    metre: Metre = COMMON


def read(
    path: Path, change: Callable[[Song], Song] = lambda song: song, rate: float = RATE
) -> Arranged:
    """The score of any MIDI file: exact if it follows NES-MDB's conventions, arranged otherwise.

    `change` edits a song before it is arranged, e.g. adds drums; `rate` is that of frames, in Hz.
    Raises InputError (no such file, no notes, too long) and ParseError.
    """
    file = midi_file.read(path)
    name = shown_name(path)
    if midi.is_score(file):
        score = midi.from_midi(file, rate=rate, name=Path(name).stem)
        begin = onsets(score).sum(axis=0)
        notes, hits = int(begin[:3].sum()), int(begin[3])
        return Arranged(score, Report(notes, notes, hits, hits, 0), exact=True)
    return replace(arrange(change(from_midi(file, name)), rate), metre=in_time.metre_of(file))


def arrange(song: Song, rate: float = RATE) -> Arranged:
    """Arrange a song: P1 has the melody, TR the bass, P2 an inner part, NO the drums."""
    grid = grid_of(song, rate)
    pitched = _pitched(song)
    lines = [lines_of(np.flatnonzero(song.part == each), song, grid) for each in pitched]
    voices = _voices(song, grid, pitched, lines)
    frames = np.zeros((grid.frames, 4, 3), np.uint8)
    heard = np.zeros(len(song), np.bool_)
    moved = 0
    for voice, line in enumerate(voices):
        frames[:, voice], here, far = _voice(line, voice, song, grid)
        heard[here] = True
        moved += far
    frames[:, 3, :2], hit = _noise(song, grid)
    frames[:, :2, 2] = DUTIES
    return Arranged(Score(frames, rate, name=song.name), _report(song, grid, heard | hit, moved))


def _pitched(song: Song) -> list[int]:
    """Indices of the pitched parts to arrange: the MAX_PARTS with most notes, in their order."""
    counts = np.bincount(song.part, minlength=len(song.parts))
    found = [at for at, part in enumerate(song.parts) if not part.drums and counts[at]]
    most = sorted(found, key=lambda at: -counts[at])[:MAX_PARTS]
    return sorted(most)


def _voices(song: Song, grid: Grid, pitched: Sequence[int], lines: Sequence[Lines]) -> list[Line]:
    """Monophonic lines of P1, P2 and TR; parts named as the chip's voices keep theirs."""
    parts = [song.parts[at] for at in pitched]
    if not parts:
        return [np.zeros(grid.frames, np.int32)] * 3
    if _is_chip(parts):
        named = {part.name: each for part, each in zip(parts, lines, strict=True)}
        silent = np.zeros(grid.frames, np.int32)
        return [named[name].top if name in named else silent for name in VOICES[:3]]
    return casting.cast(song, grid, parts, lines)


def _is_chip(parts: Sequence[Part]) -> bool:
    """Whether the parts are named as the chip's voices, each once."""
    names = [part.name for part in parts]
    return set(names) <= set(VOICES[:3]) and len(set(names)) == len(names)


def _noise(song: Song, grid: Grid) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Note and velocity (N, 2) of the noise voice, and a mask of the drum notes in it."""
    names = {part.name for part in song.parts if part.drums}
    line = drums.NAMED.get(names.pop()) if len(names) == 1 else None
    return (line or drums.noise_line)(song, grid)


def _voice(line: Line, voice: int, song: Song, grid: Grid) -> tuple[Frames, NDArray[np.int64], int]:
    """A line as frames (N, 3) of a voice, the notes in it, and how many are transposed."""
    begins = np.flatnonzero(np.diff(line, prepend=np.int32(-1)))
    lengths = np.diff(begins, append=len(line))
    note = line[begins].astype(np.int64) - 1  # -1 is silence
    late = (note >= 0) & (begins - grid.start[note] > LATE)
    note = np.where(late, -1, note)
    keys = np.where(note >= 0, _moved(song.key[note], CHIP[voice].low, CHIP[voice].high), 0)
    loud = np.where(note >= 0, grid.velocity[note], 0) * (CHIP[voice].velocity > 0)
    frames = np.zeros((len(line), 3), np.uint8)
    frames[:, 0], frames[:, 1] = np.repeat(keys, lengths), np.repeat(loud, lengths)
    frames[_gaps(begins, lengths, keys), :2] = 0
    heard = np.unique(note[note >= 0])
    far = int((_moved(song.key[heard], CHIP[voice].low, CHIP[voice].high) != song.key[heard]).sum())
    return frames, heard, far


def _moved(keys: NDArray[np.int64], low: int, high: int) -> NDArray[np.int64]:
    """Keys (n,) transposed by octaves into low..high.

    >>> _moved(np.array([20, 60, 127]), 33, 108).tolist()
    [44, 60, 103]
    """
    up = np.maximum(0, -(-(low - keys) // 12))
    down = np.maximum(0, -(-(keys - high) // 12))
    moved: NDArray[np.int64] = keys + 12 * (up - down)
    return moved


def _gaps(
    begins: NDArray[np.int64], lengths: NDArray[np.int64], keys: NDArray[np.int64]
) -> NDArray[np.int64]:
    """The frames to silence before repeated notes, which would be one long note otherwise."""
    again = (keys[1:] == keys[:-1]) & (keys[1:] > 0) & (lengths[:-1] > 1)
    found: NDArray[np.int64] = begins[1:][again] - 1
    return found


def _report(song: Song, grid: Grid, heard: NDArray[np.bool_], moved: int) -> Report:
    """Count the notes in the score, by a mask of the song's notes."""
    pitched = ~grid.drums
    there = set(song.part[heard].tolist())
    counts = np.bincount(song.part, minlength=len(song.parts))
    absent = [
        f"{part.name or f'channel {part.channel}'} ({counts[at]} notes)"
        for at, part in enumerate(song.parts)
        if counts[at] and at not in there
    ]
    return Report(
        int(pitched.sum()),
        int((pitched & heard).sum()),
        int(grid.drums.sum()),
        int((grid.drums & heard).sum()),
        moved,
        tuple(absent),
    )
