"""The pitch track that a one-shot's body is taught, and what range of pitches a set of sounds has.

A drum's body is followed by the instantaneous frequency of its low band, a voice by the likeliest
path through YIN's function (after pYIN: Mauch and Dixon 2014), which survives noise, growls and
glides where frames judged one by one have no pitch or another octave's.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from starling.models.dsp import pitch
from starling.models.dsp.signal import Array
from starling.models.oneshot.spectral_head import HeadConfig

VOICED = 0.5  # share of the sounding frames that have a pitch, in a sound that sings
SINGING = 0.7  # share of the sounds that sing, in a set that is taught overtones
OVERTONES = 16
GRAIN = 24  # shapes of the noise's spectrum
MARGIN = 1.3  # of the range over what was found
LEAST_HZ, MOST_HZ = 25.0, 2_000.0
COUNTED = 200  # sounds of a set that are listened to
CELLS = 36  # of an octave, among which the path goes
UNVOICED = 0.55  # what a frame without a pitch costs; YIN's function is the price of one with it
JUMP = 1.0  # an octave from one frame to the next
CHANGE = 0.1  # from voiced to unvoiced and back
DEEP = 0.02  # an octave down: of two periods that fit, the shorter one
RUMBLE = 0.7  # of the lowest pitch: what lies below is filtered out before listening


def voice_track(
    signal: Array, sample_rate: int, lowest_hz: float, highest_hz: float
) -> tuple[Array, Array]:
    """Pitch (hertz, 0 for none; `lowest_hz` to `highest_hz`) and level of every frame of
    `pitch.HOP_S` seconds.
    """
    from scipy import signal as filters  # heavy, and a model that plays hears nothing

    sections = filters.butter(4, RUMBLE * lowest_hz, "highpass", fs=sample_rate, output="sos")
    clean = filters.sosfiltfilt(sections, signal.astype(np.float64)).astype(np.float32)
    dips, sounding = pitch.periods(clean, sample_rate, lowest_hz)
    lags, costs = _cells(dips, sample_rate, lowest_hz, highest_hz)
    path = _path(costs)
    rows = np.arange(len(path))
    voiced = (path < costs.shape[1]) & sounding
    hertz = sample_rate / lags[rows, np.minimum(path, costs.shape[1] - 1)]
    hop = round(pitch.HOP_S * sample_rate)
    level = [np.sqrt(np.mean(np.square(clean[at : at + 2 * hop]))) for at in _starts(path, hop)]
    return (
        np.where(voiced, hertz, 0.0).astype(np.float32),
        (np.array(level) * voiced).astype(np.float32),
    )


def track_for(signal: Array, head: HeadConfig) -> tuple[Array, Array]:
    """The track of a sound at the head's rate, within the range of its body."""
    return voice_track(signal, head.sample_rate, head.body_low_hz, head.body_high_hz)


def _starts(frames: NDArray[np.int64], hop: int) -> Sequence[int]:
    return range(0, len(frames) * hop, hop)


def _cells(
    dips: NDArray[np.float64], sample_rate: int, lowest_hz: float, highest_hz: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The best lag of each frame in each cell of pitch, lowest first, and its cost."""
    count = max(2, round(CELLS * np.log2(highest_hz / lowest_hz)))
    edges = sample_rate / (lowest_hz * (highest_hz / lowest_hz) ** (np.arange(count + 1) / count))
    edges = edges.clip(2, dips.shape[1] - 2)
    lags, costs = np.empty((2, len(dips), count))
    for cell in range(count):
        high, low = int(np.ceil(edges[cell])), int(np.floor(edges[cell + 1]))
        part = dips[:, low : high + 1]
        best = low + part.argmin(axis=1)
        lags[:, cell] = _refined(dips, best)
        costs[:, cell] = part.min(axis=1) + DEEP * (count - 1 - cell) / CELLS
    return lags, costs


def _refined(dips: NDArray[np.float64], at: NDArray[np.int64]) -> NDArray[np.float64]:
    """The lowest point of the parabola through each frame's lag and its neighbours."""
    rows = np.arange(len(dips))
    before, here, after = (dips[rows, at + step] for step in (-1, 0, 1))
    bend = before - 2 * here + after
    shift = np.where(bend > 0, 0.5 * (before - after) / np.where(bend > 0, bend, 1.0), 0.0)
    return np.asarray(at + shift.clip(-0.5, 0.5), np.float64)


def _path(costs: NDArray[np.float64]) -> NDArray[np.int64]:
    """The cheapest cell of each frame (Viterbi); the number of cells stands for no pitch."""
    frames, count = costs.shape
    cells = np.arange(count)
    step = np.full((count + 1, count + 1), CHANGE)
    step[:count, :count] = JUMP * np.abs(cells[:, None] - cells) / CELLS
    step[count, count] = 0.0
    whole = np.concatenate([costs, np.full((frames, 1), UNVOICED)], axis=1)
    total, origin = whole[0], np.zeros((frames, count + 1), np.int64)
    for frame in range(1, frames):
        ways = total[:, None] + step
        origin[frame] = ways.argmin(axis=0)
        total = ways.min(axis=0) + whole[frame]
    path = np.empty(frames, np.int64)
    path[-1] = int(total.argmin())
    for frame in range(frames - 1, 0, -1):
        path[frame - 1] = origin[frame, path[frame]]
    return path


def placed(
    track: tuple[Array, Array], factor: float, head: HeadConfig, count: int
) -> tuple[Array, Array]:
    """A track at `count` frame centres of a sound played `factor` times as fast.

    Between two frames that have one, the pitch glides.
    """
    hertz, level = track
    place = np.arange(count) * (head.hop / head.sample_rate * factor / pitch.HOP_S)
    inside = place < len(hertz)
    found = np.nonzero(hertz > 0)[0]
    if not len(found):
        return np.full(count, head.body_low_hz, np.float32), np.zeros(count, np.float32)
    gliding = np.exp(np.interp(place, found, np.log(hertz[found]))) * factor
    moved = np.clip(gliding, head.body_low_hz, head.body_high_hz)
    loud = level[np.minimum(place.astype(np.int64), len(level) - 1)] * inside
    return moved.astype(np.float32), loud.astype(np.float32)


def head_for(signals: Sequence[Array], sample_rate: int) -> HeadConfig:
    """The head that suits a set of sounds: overtones over their range where most of them sing."""
    step = max(1, len(signals) // COUNTED)
    found = [pitch.contour(signal, sample_rate) for signal in signals[::step]]
    sings = [float((hertz[sounding] > 0).mean()) >= VOICED for hertz, sounding in found]
    if np.mean(sings) < SINGING:
        return HeadConfig(sample_rate=sample_rate, grain=GRAIN)
    voiced = np.concatenate([hertz[sounding & (hertz > 0)] for hertz, sounding in found])
    low, high = np.percentile(voiced, (3, 97)) * (1 / MARGIN, MARGIN)
    return HeadConfig(
        sample_rate=sample_rate,
        grain=GRAIN,
        overtones=OVERTONES,
        body_low_hz=round(max(LEAST_HZ, float(low)), 1),
        body_high_hz=round(min(MOST_HZ, float(high)), 1),
    )
