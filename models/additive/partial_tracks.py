"""Partials in a recording: spectral peaks joined into tracks from frame to frame. No torch.

After McAulay and Quatieri, "Speech analysis/synthesis based on a sinusoidal representation" (1986):
a track goes on at the nearest peak; broken pieces of one partial are put together again.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from starling.models.dsp.signal import Array

Floats = NDArray[np.float64]

WINDOW = 2048  # 46 ms at 44.1 kHz: parts partials 86 Hz from each other, follows a kick
HOP = 256  # 5.8 ms
RANGE_DB = 65.0  # below the loudest cell there is nothing to follow
ABOVE_DB = 9.0  # over the median around it, a peak is a partial rather than noise
AROUND = 12  # bins on either side of which that median is taken
PEAKS = 60  # loudest of a frame
REACH_BINS = 1.3  # how far a partial may move within a hop: a kick's sweep just does
REACH = 0.03  # or as a share of its frequency
PATIENCE = 2  # frames that a track may miss
SHORTEST = 3  # frames
BRIEF = 50  # a track lasts at least one frame in so many


@dataclass(slots=True)
class Track:
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
    """Amplitude spectrogram (frames, bins): a full-scale sine has 1 in its bin. Frames centred."""
    padded = np.pad(signal.astype(np.float64), (window // 2, window))
    cut = np.lib.stride_tricks.sliding_window_view(padded, window)[: len(signal) + 1 : hop]
    shape = np.hanning(window + 1)[:-1]
    return np.asarray(np.abs(np.fft.rfft(cut * shape, axis=1)) * (2 / shape.sum()))


def peaks(spectrum: Floats) -> list[tuple[Floats, Floats]]:
    """For each frame the fractional bins and amplitudes of its peaks, loudest first."""
    level = 20 * np.log10(spectrum + 1e-9)
    above = 20 * np.log10(surroundings(spectrum)[:, 1:-1] + 1e-9) + ABOVE_DB
    inner = level[:, 1:-1]
    found = (inner > level[:, :-2]) & (inner >= level[:, 2:])
    found &= (inner > float(level.max()) - RANGE_DB) & (inner > above)
    return [_refined(row, np.nonzero(hits)[0] + 1) for row, hits in zip(level, found, strict=True)]


def surroundings(spectrum: Floats) -> Floats:
    """The median around each bin, shaped as the spectrogram: what the noise alone would show."""
    wide = np.pad(spectrum, ((0, 0), (AROUND, AROUND)), mode="edge")
    near = np.lib.stride_tricks.sliding_window_view(wide, 2 * AROUND + 1, axis=1)
    return np.asarray(np.median(near, axis=-1))


def _refined(level: Floats, places: NDArray[np.intp]) -> tuple[Floats, Floats]:
    """Peaks of one frame in dB, set between bins by a parabola."""
    loudest = places[np.argsort(-level[places])][:PEAKS]
    before, here, after = level[loudest - 1], level[loudest], level[loudest + 1]
    shift = 0.5 * (before - after) / np.minimum(before - 2 * here + after, -1e-9)
    height = here - 0.25 * (before - after) * shift
    return loudest + shift, 10 ** (height / 20)


def follow(frames: list[tuple[Floats, Floats]]) -> list[Track]:
    """Join peaks into tracks, the loudest first; what is too short is dropped."""
    shortest = max(SHORTEST, len(frames) // BRIEF)
    alive: list[Track] = []
    done: list[Track] = []
    for at, (places, levels) in enumerate(frames):
        done += [track for track in alive if at - track.frames[-1] > PATIENCE]
        alive = [track for track in alive if at - track.frames[-1] <= PATIENCE]
        free = np.ones(len(places), np.bool_)
        for track in sorted(alive, key=lambda track: -track.levels[-1]):
            last = track.bins[-1]
            distance = np.where(free, np.abs(places - last), np.inf)
            near = int(distance.argmin()) if len(distance) else -1
            if near >= 0 and distance[near] <= max(REACH_BINS, REACH * last):
                free[near] = False
                track.add(at, float(places[near]), float(levels[near]))
        for place, level in zip(places[free], levels[free], strict=True):
            born = Track()
            born.add(at, float(place), float(level))
            alive.append(born)
    return [track for track in done + alive if len(track.frames) >= shortest]


def joined(tracks: list[Track], count: int) -> list[Track]:
    """The `count` strongest partials, each with the pieces that lie on its line elsewhere in time.

    In the order of their frequencies.
    """
    chosen: list[Track] = []
    for track in sorted(tracks, key=lambda track: -track.strength):
        same = next((each for each in chosen if _on_line(track, each)), None)
        if same is not None:
            for peak in zip(track.frames, track.bins, track.levels, strict=True):
                same.add(*peak)
        elif len(chosen) < count:
            chosen.append(track)
    return sorted(chosen, key=lambda track: track.centre)


def _on_line(piece: Track, whole: Track) -> bool:
    """Whether a track lies where another one has a gap, at its frequency there."""
    if set(piece.frames) & set(whole.frames):
        return False
    first, last = piece.frames[0], piece.frames[-1]
    before = [(first - f, b) for f, b in zip(whole.frames, whole.bins, strict=True) if f < first]
    after = [(f - last, b) for f, b in zip(whole.frames, whole.bins, strict=True) if f > last]
    sides = [(min(before)[1], piece.bins[0])] if before else []
    sides += [(min(after)[1], piece.bins[-1])] if after else []
    return all(abs(a - b) <= max(1.0, REACH * b) for a, b in sides)
