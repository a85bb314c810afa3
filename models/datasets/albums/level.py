"""One gain for all recordings of an album, so that their loudness stays as it is to each other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from starling.models.datasets.training_set import PEAK
from starling.models.dsp.signal import Array

BLOCKS_PER_SECOND = 10
SPARED, LEAST_SPARED = 1_000, 2  # one block in a thousand, or two: a click may lie across a border
FEW_BLOCKS = 50  # of 5 s: none is spared
CLICK = 2.0  # a peak more than 6 dB above what is common is a click, and is limited
QUIET_GAIN_DB, SPREAD_DB = 30.0, 30.0  # from here on a warning


def gain_of(signals: Sequence[Array], sample_rate: int) -> float:
    """The factor that makes the highest peak .9, clicks aside.

    Clicks are peaks more than 6 dB above the level that all but a thousandth of the tenths of a
    second stay below: one of them does not make all else quiet.
    """
    peaks = np.concatenate([_peaks(each, sample_rate // BLOCKS_PER_SECOND) for each in signals])
    spared = max(LEAST_SPARED, len(peaks) // SPARED) if len(peaks) >= FEW_BLOCKS else 0
    common = np.partition(peaks, -1 - spared)[-1 - spared]
    return PEAK / float(peaks[peaks <= CLICK * common].max())


def _peaks(signal: Array, block: int) -> NDArray[np.float32]:
    """The largest absolute value of each block of a signal (frames,)."""
    edges = np.arange(0, len(signal), block)
    return np.maximum(np.maximum.reduceat(signal, edges), -np.minimum.reduceat(signal, edges))


def peak(signal: Array) -> float:
    """The largest absolute value, found without a copy."""
    return max(float(signal.max()), -float(signal.min()))


def apply(signal: Array, gain: float) -> int:
    """Multiply by the gain and limit to [-1, 1], in place, since it may be hours of sound; how many
    samples had to be limited.
    """
    signal *= np.float32(gain)
    if peak(signal) <= 1.0:
        return 0
    limited = int(np.count_nonzero(signal > 1.0)) + int(np.count_nonzero(signal < -1.0))
    np.clip(signal, -1.0, 1.0, out=signal)
    return limited


def warnings(gain: float, peaks: Sequence[tuple[str, float]], limited: int) -> list[str]:
    """A sentence for a large gain, recordings (name, peak) far apart in level, limited samples."""
    found = []
    gain_db = 20 * float(np.log10(gain))
    if gain_db > QUIET_GAIN_DB:
        found.append(f"the recordings are raised by {gain_db:.0f} dB, and their noise with them")
    quiet, low = min(peaks, key=lambda pair: pair[1])
    loud, high = max(peaks, key=lambda pair: pair[1])
    spread_db = 20 * float(np.log10(high / low))
    if spread_db > SPREAD_DB:
        found.append(
            f"{quiet} is {spread_db:.0f} dB quieter than {loud}, and one gain serves both: raise "
            "it before the import if it is to be learned"
        )
    if limited:
        found.append(f"{limited} samples of clicks lie beyond full scale and are limited")
    return found
