"""Drums for songs that have none: a drum pattern on the beats of another song. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from starling.models.nes.scores.score import RATE
from starling.models.nes.scores.song import Part, Song

LEAST_BARS = 2  # of a pattern; a shorter one is a fill
NEAR_TEMPO = 1.3  # how much faster or slower a pattern may be played
STRUCK = 0.1  # seconds that a drum's key is held
DRUMS = Part("Drums", 10)


def is_pattern(song: Song) -> bool:
    """Whether a song is drums alone, of two bars or more, with a tempo."""
    drums = all(song.parts[at].drums for at in set(song.part.tolist()))
    return drums and len(song.beats) > LEAST_BARS * song.bar and song.bar > 0


def has_drums(song: Song) -> bool:
    """Whether any part of a song is drums."""
    return any(part.drums for part in song.parts)


def choose(song: Song, patterns: Mapping[str, Song], share: float) -> str:
    """The name of a pattern for a song without drums, by a hash: for a `share` of songs, 0..1.

    The pattern has the song's bar and nearly its tempo; empty where there is none.
    """
    if has_drums(song) or len(song.beats) < 2:
        return ""
    lot = int.from_bytes(hashlib.sha256(song.name.encode()).digest()[:8], "big")
    if (lot >> 32) / 2**32 >= share:
        return ""
    fitting = [
        name for name, each in patterns.items() if each.bar == song.bar and _near(each, song)
    ]
    return fitting[lot % len(fitting)] if fitting else ""


def _near(pattern: Song, song: Song) -> bool:
    """Whether two songs have nearly one tempo."""
    ratio = _beat_seconds(pattern) / _beat_seconds(song)
    return bool(1 / NEAR_TEMPO <= ratio <= NEAR_TEMPO)


def _beat_seconds(song: Song) -> float:
    return float(np.median(np.diff(song.beats)))


def with_drums(song: Song, pattern: Song) -> Song:
    """A song with a pattern's drums, bar for bar from its start to the end of its last note."""
    at = _positions(pattern.start, pattern.beats)
    bars = max(1, int((len(pattern.beats) - 1) // pattern.bar))
    length = bars * pattern.bar
    inside = np.flatnonzero(at < length)
    times = int(np.ceil((len(song.beats) - 1) / length))
    beats = (np.arange(times)[:, None] * length + at[inside]).ravel()
    start = np.interp(beats, np.arange(len(song.beats)), song.beats)
    here = np.flatnonzero(start < song.seconds - 1 / RATE)
    source = np.tile(inside, times)[here]
    return _joined(song, start[here], pattern.key[source], pattern.velocity[source])


def _positions(times: NDArray[np.float64], beats: NDArray[np.float64]) -> NDArray[np.float64]:
    """Times in seconds as beats."""
    return np.interp(times, beats, np.arange(len(beats)))


def _joined(
    song: Song,
    start: NDArray[np.float64],
    key: NDArray[np.int64],
    velocity: NDArray[np.int64],
) -> Song:
    """A song with the notes of a drum part beside its own, in the order of their starts."""
    starts = np.concatenate([song.start, start])
    order = np.argsort(starts, kind="stable")
    player = np.full(len(start), len(song.parts))
    return replace(
        song,
        parts=(*song.parts, DRUMS),
        part=np.concatenate([song.part, player])[order],
        start=starts[order],
        end=np.concatenate([song.end, np.minimum(start + STRUCK, song.seconds)])[order],
        key=np.concatenate([song.key, key])[order],
        velocity=np.concatenate([song.velocity, velocity])[order],
    )
