"""Partials in a recording: spectral peaks joined into tracks from frame to frame. No torch.

After McAulay and Quatieri, "Speech analysis/synthesis based on a sinusoidal representation" (1986):
a track continues at the nearest peak; pieces of one partial are merged. Shapes: T frames, bins.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from starling.models.dsp import stft
from starling.models.dsp.signal import Array

Floats = NDArray[np.float64]

WINDOW = 2048  # 46 ms at 44.1 kHz: separates partials 86 Hz apart, follows a kick's sweep
HOP = 256  # 5.8 ms
RANGE_DB = 65.0  # below the loudest cell, where tracks end
ABOVE_DB = 9.0  # over the median around it, a peak is a partial rather than noise
MEDIAN_BINS = 12  # on either side, over which that median is taken
MAX_PEAKS = 60  # of a frame, the loudest
REACH_BINS = 1.3  # how far a partial may move within a hop: a kick's sweep just does
REACH = 0.03  # or as a share of its frequency
MAX_GAP = 2  # frames without a peak before a track ends
MIN_FRAMES = 3  # of a track
MIN_SHARE = 50  # and one in so many frames of the sound


@dataclass(slots=True)
class PartialTrack:
    """A partial: frame indices, bins (fractional) and amplitudes of its peaks."""

    frames: list[int] = field(default_factory=list)
    bins: list[float] = field(default_factory=list)
    levels: list[float] = field(default_factory=list)

    def add(self, frame: int, place: float, level: float) -> None:
        """One more peak."""
        self.frames.append(frame)
        self.bins.append(place)
        self.levels.append(level)

    @property
    def strength(self) -> float:
        """Sum of amplitudes: what is long or loud counts."""
        return float(np.sum(self.levels))

    @property
    def centre(self) -> float:
        """Mean bin, weighted by amplitude."""
        return float(np.average(self.bins, weights=self.levels))


def magnitudes(signal: Array, window: int, hop: int) -> Floats:
    """STFT magnitude (T, bins), frames centred; a full-scale sine has 1 in its bin.

    In float64 unlike `stft.magnitude`: fitted vectors depend on its last bits.
    """
    padded = np.pad(signal.astype(np.float64), (window // 2, window))
    views = stft.frames(padded, window, hop)[: len(signal) // hop + 1]
    shape = np.hanning(window + 1)[:-1]
    return np.asarray(np.abs(np.fft.rfft(views * shape, axis=1)) * (2 / shape.sum()))


def peaks(spectrum: Floats) -> list[tuple[Floats, Floats]]:
    """Fractional bins and amplitudes of each frame's peaks, loudest first, from (T, bins)."""
    level = 20 * np.log10(spectrum + 1e-9)
    above = 20 * np.log10(local_median(spectrum)[:, 1:-1] + 1e-9) + ABOVE_DB
    inner = level[:, 1:-1]
    found = (inner > level[:, :-2]) & (inner >= level[:, 2:])
    found &= (inner > float(level.max()) - RANGE_DB) & (inner > above)
    return [
        _refined(row, np.nonzero(peaks_at)[0] + 1)
        for row, peaks_at in zip(level, found, strict=True)
    ]


def local_median(spectrum: Floats) -> Floats:
    """Median around each bin, (T, bins): the level of the noise, which peaks do not move."""
    wide = np.pad(spectrum, ((0, 0), (MEDIAN_BINS, MEDIAN_BINS)), mode="edge")
    near = np.lib.stride_tricks.sliding_window_view(wide, 2 * MEDIAN_BINS + 1, axis=1)
    return np.asarray(np.median(near, axis=-1))


def _refined(level: Floats, places: NDArray[np.intp]) -> tuple[Floats, Floats]:
    """Bins and amplitudes of one frame's peaks, from dB (bins,), by parabolic interpolation."""
    loudest = places[np.argsort(-level[places])][:MAX_PEAKS]
    before, here, after = level[loudest - 1], level[loudest], level[loudest + 1]
    shift = 0.5 * (before - after) / np.minimum(before - 2 * here + after, -1e-9)
    height = here - 0.25 * (before - after) * shift
    return loudest + shift, 10 ** (height / 20)


def track_peaks(frames: list[tuple[Floats, Floats]]) -> list[PartialTrack]:
    """Join peaks into tracks, the loudest first; what is too short is dropped."""
    shortest = max(MIN_FRAMES, len(frames) // MIN_SHARE)
    alive: list[PartialTrack] = []
    done: list[PartialTrack] = []
    for at, (places, levels) in enumerate(frames):
        done += [track for track in alive if at - track.frames[-1] > MAX_GAP]
        alive = [track for track in alive if at - track.frames[-1] <= MAX_GAP]
        free = np.ones(len(places), np.bool_)
        for track in sorted(alive, key=lambda track: -track.levels[-1]):
            last = track.bins[-1]
            distance = np.where(free, np.abs(places - last), np.inf)
            near = int(distance.argmin()) if len(distance) else -1
            if near >= 0 and distance[near] <= max(REACH_BINS, REACH * last):
                free[near] = False
                track.add(at, float(places[near]), float(levels[near]))
        for place, level in zip(places[free], levels[free], strict=True):
            born = PartialTrack()
            born.add(at, float(place), float(level))
            alive.append(born)
    return [track for track in done + alive if len(track.frames) >= shortest]


def merge_pieces(tracks: list[PartialTrack], count: int) -> list[PartialTrack]:
    """The `count` strongest partials, each with its pieces elsewhere in time, by frequency."""
    chosen: list[PartialTrack] = []
    for track in sorted(tracks, key=lambda track: -track.strength):
        same = next((each for each in chosen if _on_line(track, each)), None)
        if same is not None:
            for peak in zip(track.frames, track.bins, track.levels, strict=True):
                same.add(*peak)
        elif len(chosen) < count:
            chosen.append(track)
    return sorted(chosen, key=lambda track: track.centre)


def _on_line(piece: PartialTrack, whole: PartialTrack) -> bool:
    """Whether a track lies where another one has a gap, at its frequency there."""
    if set(piece.frames) & set(whole.frames):
        return False
    first, last = piece.frames[0], piece.frames[-1]
    before = [(first - f, b) for f, b in zip(whole.frames, whole.bins, strict=True) if f < first]
    after = [(f - last, b) for f, b in zip(whole.frames, whole.bins, strict=True) if f > last]
    sides = [(min(before)[1], piece.bins[0])] if before else []
    sides += [(min(after)[1], piece.bins[-1])] if after else []
    return all(abs(a - b) <= max(1.0, REACH * b) for a, b in sides)
