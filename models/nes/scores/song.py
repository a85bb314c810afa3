"""Any MIDI file as notes in seconds, by part: what one channel plays in one track.

The pedal, bends and controllers are passed over: the chip's voices have none of them.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from starling.models.dsp.signal import shown_name
from starling.models.errors import InputError
from starling.models.midi.tempo import DEFAULT_TEMPO, smpte
from starling.models.nes.scores import midi_file
from starling.models.nes.scores.midi_file import MidiFile, Track

MAX_SECONDS = 4 * 3600.0  # twice the longest quartets
MAX_NOTES = 1_000_000
DRUM_CHANNEL = 10
DRUMS = re.compile(r"\b(drum|drums|drumset|drumkit|percussion|schlagzeug)\b", re.IGNORECASE)
Row = tuple[int, int, int, int, int]  # part, start and end in ticks, key, velocity


@dataclass(frozen=True, slots=True)
class Part:
    """What one channel 1..16 plays in one track; `program` is General MIDI's at its first note."""

    name: str
    channel: int
    program: int = 0

    @property
    def drums(self) -> bool:
        """Whether its keys are drums of General MIDI, not pitches."""
        return self.channel == DRUM_CHANNEL or bool(DRUMS.search(self.name))


@dataclass(frozen=True, slots=True, eq=False)
class Song:
    """Notes (n,) in the order of their starts; `part` is the index of who plays each.

    `beats` are the times of the quarter notes up to the end, none where a file has no tempo; `bar`
    is how many of them the first time signature has.
    """

    name: str
    parts: tuple[Part, ...]
    part: NDArray[np.int64]
    start: NDArray[np.float64]  # seconds
    end: NDArray[np.float64]
    key: NDArray[np.int64]  # 0..127
    velocity: NDArray[np.int64]  # 1..127
    beats: NDArray[np.float64]  # seconds
    bar: float = 4.0

    def __len__(self) -> int:
        return len(self.key)

    @property
    def seconds(self) -> float:
        """The end of the last note."""
        return float(self.end.max())


def read(path: Path) -> Song:
    """Read a MIDI file of type 0 or 1.

    Raises InputError (no such file, no notes, over a million, over four hours), ParseError.
    """
    return from_midi(midi_file.read(path), shown_name(path))


def from_midi(file: MidiFile, name: str) -> Song:
    """The song of a file. Raises InputError: no notes, more than a million, over four hours."""
    parts: dict[tuple[int, int], Part] = {}
    rows: list[Row] = []
    tempos: list[tuple[int, int]] = []
    for index, track in enumerate(file.tracks):
        _read_track(index, track, parts, rows, tempos)
        if len(rows) > MAX_NOTES:
            raise InputError(f"{name} holds more than {MAX_NOTES:,} notes", code="too_long")
    if not rows:
        raise InputError(f"{name} holds no notes; there is nothing to arrange", code="empty_song")
    table = np.array(rows, np.int64)
    start, end = (_seconds(table[:, column], file.ticks_per_beat, tempos) for column in (1, 2))
    if end.max() > MAX_SECONDS:
        raise InputError(
            f"{name} lasts {end.max() / 3600:.1f} hours; at most {MAX_SECONDS / 3600:g} are read",
            code="too_long",
        )
    order = np.lexsort((table[:, 3], table[:, 0], start))
    part, key, velocity = (table[order, column] for column in (0, 3, 4))
    return Song(
        Path(name).stem,
        tuple(parts.values()),
        part,
        start[order],
        end[order],
        key,
        velocity,
        _beats(int(table[:, 2].max()), file.ticks_per_beat, tempos),
        _bar(file),
    )


def _beats(last: int, division: int, tempos: list[tuple[int, int]]) -> NDArray[np.float64]:
    """The times of the quarter notes up to a tick and the one after it."""
    if division <= 0:
        return np.zeros(0)
    return _seconds(np.arange(-(-last // division) + 1) * division, division, tempos)


def _bar(file: MidiFile) -> float:
    """Quarter notes of the first time signature."""
    for track in file.tracks:
        for message in track:
            if message.type == "time_signature":
                return float(4 * message.numerator / message.denominator)
    return 4.0


def _read_track(
    index: int,
    track: Track,
    parts: dict[tuple[int, int], Part],
    rows: list[Row],
    tempos: list[tuple[int, int]],
) -> None:
    """Add a track's parts, notes and tempos. A note that never ends lasts as long as its track."""
    held: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    numbers: dict[int, int] = {}
    programs: dict[int, int] = {}
    now = 0
    for message in track:
        now += message.time
        kind = message.type
        if kind == "note_on" and message.velocity:
            channel = message.channel
            if channel not in numbers:
                numbers[channel] = len(parts)
                part = Part(track.name.strip(), channel + 1, programs.get(channel, 0))
                parts[index, channel] = part
            held[channel, message.note].append((now, message.velocity))
        elif kind in ("note_on", "note_off"):
            waiting = held.get((message.channel, message.note))
            if waiting:
                start, velocity = waiting.pop(0)
                rows.append((numbers[message.channel], start, now, message.note, velocity))
        elif kind == "program_change":
            programs[message.channel] = message.program
        elif kind == "set_tempo":
            tempos.append((now, message.tempo))
    for (channel, key), waiting in held.items():
        rows += [(numbers[channel], start, now, key, velocity) for start, velocity in waiting]


def _seconds(
    ticks: NDArray[np.int64], division: int, tempos: list[tuple[int, int]]
) -> NDArray[np.float64]:
    """Ticks (n,) as seconds; `division` as in a file's header, negative for SMPTE frames."""
    if division < 0:
        count, length = smpte(division)
        return ticks * length / count
    ordered = sorted(tempos, key=lambda each: each[0])
    changes = np.array([0, *(tick for tick, _ in ordered)], np.float64)
    each = np.array([DEFAULT_TEMPO, *(tempo for _, tempo in ordered)]) / (max(1, division) * 1e6)
    begins = np.concatenate([[0.0], np.cumsum(np.diff(changes) * each[:-1])])
    at = np.searchsorted(changes, ticks, side="right") - 1
    return begins[at] + (ticks - changes[at]) * each[at]
