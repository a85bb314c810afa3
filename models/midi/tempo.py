"""Ticks of a MIDI file to seconds. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

DEFAULT_TEMPO = 500_000  # microseconds per quarter note: the MIDI standard's 120 per minute
DROP_FRAME = 29  # SMPTE: 30 frames a second, of which some numbers are dropped: 29.97
MICROS = 1_000_000


@dataclass(frozen=True, slots=True)
class TempoMap:
    """Ticks to seconds: `ticks` where the tempo changes, `micros` the time there in microseconds
    times the division, `tempos` in microseconds per quarter note from there on.
    """

    division: int
    ticks: tuple[int, ...]
    micros: tuple[int, ...]
    tempos: tuple[int, ...]

    def seconds(self, tick: int) -> float:
        """The time of a tick; whole numbers up to the last division, so that nothing drifts."""
        at = bisect_right(self.ticks, tick) - 1
        exact = self.micros[at] + (tick - self.ticks[at]) * self.tempos[at]
        return exact / (self.division * MICROS)


def tempo_map(division: int, tempos: Iterable[tuple[int, int]]) -> TempoMap:
    """The map of a file: `division` as in its header, negative for SMPTE frames; `tempos` are
    (tick, microseconds per quarter note) in order of time.
    """
    if division < 0:
        ticks, seconds = smpte(division)
        return TempoMap(ticks, (0,), (0,), (seconds * MICROS,))
    at, micros, found = [0], [0], [DEFAULT_TEMPO]
    for tick, tempo in tempos:
        micros.append(micros[-1] + (tick - at[-1]) * found[-1])
        at.append(tick)
        found.append(tempo)
    return TempoMap(max(1, division), tuple(at), tuple(micros), tuple(found))


def smpte(division: int) -> tuple[int, int]:
    """So many ticks in so many seconds, of a division in SMPTE frames.

    High byte: minus the frames a second, where 29 means 30000/1001; low byte: ticks a frame.
    """
    frames, per_frame = -(division >> 8), max(1, division & 0xFF)
    if frames == DROP_FRAME:
        return 30_000 * per_frame, 1001
    return max(1, frames) * per_frame, 1
