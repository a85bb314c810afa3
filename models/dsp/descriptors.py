"""Timbre descriptors, which the knobs are named after: brightness, decay, noisiness. No networks.

The measures are after Peeters et al., "The Timbre Toolbox" (JASA 2011), reduced to three numbers.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from starling.models.dsp.signal import Array
from starling.models.dsp.stft import frames

NAMES = ("brightness", "decay", "noisiness")  # order of the columns and of the model's inputs
FRAME = 4096  # 93 ms at 44.1 kHz: separates the partials of a hat from noise
HOP = 1024
LOWEST_HZ = 40.0  # below it is rumble
HIGHEST_HZ = 16000.0  # Opus and 16-bit sources hold little above it
NOISE_HZ = 320.0  # what lies below is body; its few bins would look flat in any sound
BANDS = 24  # a quarter octave each, so that the tilt of the spectrum does not look like partials
DECAY_DB = -20.0  # deep enough to pass the attack, high enough to stay above the noise floor


def _power(signal: Array, hop: int = HOP) -> NDArray[np.float64]:
    """Power spectrogram (T, bins) in float64; the signal is padded to one frame at least.

    Not stft.power: ranks of training sounds are stored that rest on the symmetric window here.
    """
    views = frames(np.pad(signal.astype(np.float64), (FRAME // 2, FRAME)), FRAME, hop)
    spectrum = np.fft.rfft(views * np.hanning(FRAME), axis=1)
    return np.asarray(np.abs(spectrum) ** 2)


def brightness(signal: Array, sample_rate: int) -> float:
    """Spectral centroid in octaves above 1 kHz, of the magnitude spectrum summed over time."""
    return _brightness(_power(signal), sample_rate)


def spectral(signal: Array, sample_rate: int) -> tuple[float, float]:
    """Brightness and noisiness by one spectrogram of frames side by side: a quarter of the work."""
    power = _power(signal, FRAME)
    return _brightness(power, sample_rate), _noisiness(power, sample_rate)


def _brightness(power: NDArray[np.float64], sample_rate: int) -> float:
    spectrum = np.sqrt(power.sum(axis=0))
    hertz = np.fft.rfftfreq(FRAME, 1 / sample_rate)
    kept = (hertz >= LOWEST_HZ) & (hertz <= HIGHEST_HZ)
    centroid = (spectrum[kept] * hertz[kept]).sum() / (spectrum[kept].sum() + 1e-12)
    return float(np.log2(max(centroid, LOWEST_HZ) / 1000.0))


def decay(signal: Array, sample_rate: int) -> float:
    """Natural log of the seconds in which the remaining energy (Schroeder) falls by 20 dB."""
    remaining = np.cumsum(np.square(signal, dtype=np.float64)[::-1])[::-1]
    fallen = np.nonzero(remaining <= remaining[0] * 10 ** (DECAY_DB / 10))[0]
    samples = int(fallen[0]) if len(fallen) else len(signal)
    return float(np.log(max(samples, 1) / sample_rate))


def noisiness(signal: Array, sample_rate: int) -> float:
    """Spectral flatness within narrow bands, weighted by amplitude: 0 = partials, 0.56 = noise.

    Flatness inside bands does not follow the tilt of the spectrum, hence not brightness. What lies
    below the first band counts as tonal.
    """
    return _noisiness(_power(signal), sample_rate)


def _noisiness(power: NDArray[np.float64], sample_rate: int) -> float:
    hertz = np.fft.rfftfreq(FRAME, 1 / sample_rate)
    edges = np.geomspace(NOISE_HZ, HIGHEST_HZ, BANDS + 1)
    body = power[:, (hertz >= LOWEST_HZ) & (hertz < edges[0])].mean(axis=1)
    starts = np.searchsorted(hertz, edges)  # (BANDS + 1,) bins
    bands = power[:, : starts[-1]] + 1e-12  # (T, bins)
    sizes = np.diff(starts)  # (BANDS,)
    mean = np.add.reduceat(bands, starts[:-1], axis=1) / sizes  # (T, BANDS)
    logs = np.add.reduceat(np.log(bands), starts[:-1], axis=1) / sizes
    share = np.sqrt(mean)  # amplitude, as power would let one loud band decide
    total = float((np.exp(logs) / mean * share).sum())
    weight = float(np.sqrt(body).sum() + share.sum())
    return total / (weight + 1e-12)


def describe(signal: Array, sample_rate: int) -> NDArray[np.float32]:
    """All descriptors of a mono sound, in the order of NAMES."""
    measures = (brightness, decay, noisiness)
    return np.array([measure(signal, sample_rate) for measure in measures], np.float32)


def rank_within(values: NDArray[np.float32], labels: NDArray[np.int64]) -> NDArray[np.float32]:
    """Replace each value by its rank among those of its class, 0..1; ties share their mean rank.

    `values` is (sounds, descriptors). A class of one sound gets 0.5.
    """
    ranks = np.full(values.shape, 0.5, np.float32)
    for label in np.unique(labels):
        rows = np.nonzero(labels == label)[0]
        if len(rows) < 2:
            continue
        group = values[rows]
        below = (group[:, None, :] > group[None, :, :]).sum(axis=1)
        equal = (group[:, None, :] == group[None, :, :]).sum(axis=1) - 1
        ranks[rows] = (below + equal / 2) / (len(rows) - 1)
    return ranks
