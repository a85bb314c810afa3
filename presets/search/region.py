"""The part of a sound file that a search takes: where its sound begins, or what the user marked.

A marked part may hold several notes, or a long sound: it is heard in windows of the embedder's
length, one from each onset, and what presets are compared with is the mean of all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from starling.models.dsp.files.sound_file import opened, read_frames
from starling.models.dsp.signal import block_dc, resample, shown_name, to_mono
from starling.models.errors import InputError, ParseError
from starling.presets.features.embedder import Embedder
from starling.presets.search.audio_query import MARGIN_S, SILENT_PEAK, read_onset

Array = NDArray[np.float32]

MOST_WINDOWS = 8
SHORTEST_S = 0.02  # of a marked part
LONGEST_S = 60.0
FRAME_S = 0.02  # of levels, by which onsets are found
RISE_DB = 9.0  # above the quietest of the five frames before
NEAR_LOUDEST_DB = -30.0  # an onset reaches this
APART_S = 0.15  # between two onsets


@dataclass(frozen=True, slots=True)
class Region:
    """Mono windows (frames,) at the embedder's rate; `start` and `end` are seconds in the file."""

    windows: tuple[Array, ...]
    start: float
    end: float


def read_region(
    path: Path,
    embedder: Embedder,
    cancelled: Callable[[], bool] = lambda: False,
    start: float | None = None,
    end: float | None = None,
) -> Region:
    """What is compared of a sound file: without `start` and `end` one window from its onset on.

    Raises as `read_onset`, and InputError (code `bad_option`) for a part that lies beyond the file.
    """
    seconds = embedder.frames / embedder.sample_rate
    if start is None and end is None:
        found = read_onset(path, seconds + MARGIN_S, cancelled)
        window = resample(found.samples, found.rate, embedder.sample_rate)[: embedder.frames]
        last = min(found.start + seconds, found.file_seconds)
        return Region((window,), found.start, last)
    first = start or 0.0
    signal, rate = _part(path, first, first + seconds if end is None else end)
    sound = resample(signal, rate, embedder.sample_rate)
    return Region(windows(sound, embedder), first, first + len(signal) / rate)


def windows(sound: Array, embedder: Embedder) -> tuple[Array, ...]:
    """Windows of a mono sound (frames,): one from each onset, else side by side; MOST_WINDOWS."""
    frames = embedder.frames
    starts = onsets(sound, embedder.sample_rate)
    if len(starts) < 2:
        count = min(MOST_WINDOWS, max(1, round(len(sound) / frames)))
        starts = [round(each) for each in np.linspace(0, max(len(sound) - frames, 0), count)]
    elif len(starts) > MOST_WINDOWS:
        starts = [starts[round(at)] for at in np.linspace(0, len(starts) - 1, MOST_WINDOWS)]
    ends = [*starts[1:], len(sound)]
    taken = [sound[a : min(a + frames, max(b, a + 1))] for a, b in zip(starts, ends, strict=True)]
    sounding = [each for each in taken if np.abs(each).max(initial=0.0) >= SILENT_PEAK]
    return tuple(sounding or taken[:1])


def onsets(sound: Array, rate: int) -> list[int]:
    """Frames at which a mono sound (frames,) becomes louder, as notes begin."""
    size = round(FRAME_S * rate)
    count = len(sound) // size
    if count < 2:
        return [0]
    power = np.square(sound[: count * size], dtype=np.float64).reshape(count, size).mean(axis=1)
    level = 10 * np.log10(power + 1e-12)
    padded = np.concatenate([np.full(5, -120.0), level])
    before = np.lib.stride_tricks.sliding_window_view(padded, 5)[:count].min(axis=1)  # (count,)
    rises = (level > before + RISE_DB) & (level > level.max() + NEAR_LOUDEST_DB)
    found: list[int] = []
    for frame in np.flatnonzero(rises):
        if not found or (frame - found[-1]) * FRAME_S >= APART_S:
            found.append(int(frame))
    return [frame * size for frame in found] or [0]


def _part(path: Path, start: float, end: float) -> tuple[Array, int]:
    """Mono samples (frames,) of a file between two times, without an offset, and their rate."""
    name = shown_name(path)
    if not SHORTEST_S <= end - start <= LONGEST_S:
        raise InputError(
            f"a marked part must last {SHORTEST_S:g} to {LONGEST_S:g} s, got {end - start:g}",
            code="bad_option",
        )
    with opened(path) as file:
        rate = file.samplerate
        if round(start * rate) >= file.frames:
            raise InputError(
                f"{name} ends at {file.frames / rate:.2f} s, before {start:g}", code="bad_option"
            )
        file.seek(round(start * rate))
        frames = read_frames(file, round((end - start) * rate))
    if not np.isfinite(frames).all():
        raise ParseError(f"{name} holds samples that are not numbers")
    mono = block_dc(to_mono(frames), rate)
    if np.abs(mono).max(initial=0.0) < SILENT_PEAK:
        raise InputError(f"{name} is silent there: its peak is below -80 dB", code="silent")
    return mono, rate
