"""F0 tracks as training targets of pitched one-shots, and the F0 range of a set of sounds.

The cheapest path (Viterbi) through YIN's difference function, as pYIN (Mauch and Dixon 2014,
`librosa.pyin`) finds the likeliest one; with costs in place of probabilities, as in Praat's pitch
tracking (Boersma 1993). It survives noise, growls and glides, where frames taken one by one have no
pitch or another octave's. Drums: the instantaneous frequency of their low band (batches.py).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from starling.models.dsp import pitch
from starling.models.dsp.signal import Array
from starling.models.oneshot.spectral_head import HeadConfig

MIN_VOICED_SHARE = 0.5  # of the sounding frames of a sound that counts as pitched
MIN_PITCHED_SHARE = 0.7  # of the sounds of a set whose head gets overtones
OVERTONES = 16  # harmonics 2 to 17
GRAIN = 24  # learned shapes of the noise's spectrum
RANGE_MARGIN = 1.3  # factor by which the range exceeds the F0 found, either way
MIN_BODY_HZ, MAX_BODY_HZ = 25.0, 2_000.0
MAX_SOUNDS = 200  # of a set that are analysed, evenly chosen
BINS_PER_OCTAVE = 36  # pitch states of the path, a third of a semitone apart (pyin's resolution)
UNVOICED_COST = 0.55  # of a frame without F0; a voiced one costs YIN's function at its lag
OCTAVE_JUMP_COST = 1.0  # per octave between two frames (pyin's max_transition_rate)
VOICED_UNVOICED_COST = 0.1  # of a change between both (pyin's switch_prob)
OCTAVE_COST = 0.02  # per octave below fmax: of two periods that fit, the shorter (pyin's prior)
HIGHPASS_RATIO = 0.7  # of fmin: cutoff of the high-pass filter before the analysis


def pitch_track(signal: Array, sample_rate: int, fmin: float, fmax: float) -> tuple[Array, Array]:
    """F0 in Hz (T,), 0 for none, and RMS level (T,) where there is one, every `pitch.HOP_S`.

    `signal` is mono (frames,), F0 lies between `fmin` and `fmax` Hz, as in `librosa.pyin`.
    """
    from scipy import signal as filters  # slow to import, and a model that plays needs none

    sections = filters.butter(4, HIGHPASS_RATIO * fmin, "highpass", fs=sample_rate, output="sos")
    clean = filters.sosfiltfilt(sections, signal.astype(np.float64)).astype(np.float32)
    yin, sounding = pitch.yin_frames(clean, sample_rate, fmin)  # (T, lags), (T,)
    lags, costs = _candidates(yin, sample_rate, fmin, fmax)  # (T, states) each
    path = _viterbi(costs)  # (T,), state of each frame
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
    return pitch_track(signal, head.sample_rate, head.body_low_hz, head.body_high_hz)


def _starts(frames: NDArray[np.int64], hop: int) -> Sequence[int]:
    return range(0, len(frames) * hop, hop)


def _candidates(
    yin: NDArray[np.float64], sample_rate: int, fmin: float, fmax: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The best lag (T, states) of each frame in each pitch state, lowest first, and its cost."""
    count = max(2, round(BINS_PER_OCTAVE * np.log2(fmax / fmin)))
    edges = sample_rate / (fmin * (fmax / fmin) ** (np.arange(count + 1) / count))
    edges = edges.clip(2, yin.shape[1] - 2)
    lags, costs = np.empty((2, len(yin), count))
    for state in range(count):
        high, low = int(np.ceil(edges[state])), int(np.floor(edges[state + 1]))
        part = yin[:, low : high + 1]
        best = low + part.argmin(axis=1)
        lags[:, state] = _parabolic_interpolation(yin, best)
        costs[:, state] = part.min(axis=1) + OCTAVE_COST * (count - 1 - state) / BINS_PER_OCTAVE
    return lags, costs


def _parabolic_interpolation(
    yin: NDArray[np.float64], at: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Minimum (T,) of the parabola through each frame's lag and its neighbours (YIN, step 5)."""
    rows = np.arange(len(yin))
    before, here, after = (yin[rows, at + step] for step in (-1, 0, 1))
    bend = before - 2 * here + after
    shift = np.where(bend > 0, 0.5 * (before - after) / np.where(bend > 0, bend, 1.0), 0.0)
    return np.asarray(at + shift.clip(-0.5, 0.5), np.float64)


def _viterbi(costs: NDArray[np.float64]) -> NDArray[np.int64]:
    """The cheapest path (T,) through costs (T, states); `states` itself stands for unvoiced."""
    frames, count = costs.shape
    states = np.arange(count)
    step = np.full((count + 1, count + 1), VOICED_UNVOICED_COST)
    step[:count, :count] = OCTAVE_JUMP_COST * np.abs(states[:, None] - states) / BINS_PER_OCTAVE
    step[count, count] = 0.0
    whole = np.concatenate([costs, np.full((frames, 1), UNVOICED_COST)], axis=1)
    total, origin = whole[0], np.zeros((frames, count + 1), np.int64)
    for frame in range(1, frames):
        steps = total[:, None] + step  # (from, to)
        origin[frame] = steps.argmin(axis=0)
        total = steps.min(axis=0) + whole[frame]  # (states + 1,)
    path = np.empty(frames, np.int64)
    path[-1] = int(total.argmin())
    for frame in range(frames - 1, 0, -1):
        path[frame - 1] = origin[frame, path[frame]]
    return path


def resample_track(
    track: tuple[Array, Array], factor: float, head: HeadConfig, count: int
) -> tuple[Array, Array]:
    """A track at `count` frame centres of a sound played `factor` times as fast.

    Between two voiced frames F0 glides, linear in its logarithm; `hertz` and level (count,).
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
    """The head for a set of sounds: overtones over their F0 range where most are pitched."""
    step = max(1, len(signals) // MAX_SOUNDS)
    found = [pitch.contour(signal, sample_rate) for signal in signals[::step]]
    pitched = [float((hertz[sounding] > 0).mean()) >= MIN_VOICED_SHARE for hertz, sounding in found]
    if np.mean(pitched) < MIN_PITCHED_SHARE:
        return HeadConfig(sample_rate=sample_rate, grain=GRAIN)
    voiced = np.concatenate([hertz[sounding & (hertz > 0)] for hertz, sounding in found])
    low, high = np.percentile(voiced, (3, 97)) * (1 / RANGE_MARGIN, RANGE_MARGIN)
    return HeadConfig(
        sample_rate=sample_rate,
        grain=GRAIN,
        overtones=OVERTONES,
        body_low_hz=round(max(MIN_BODY_HZ, float(low)), 1),
        body_high_hz=round(min(MAX_BODY_HZ, float(high)), 1),
    )
