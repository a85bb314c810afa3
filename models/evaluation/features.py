"""Features of a set of one-shots: embeddings, spectrograms, descriptors, pitch statistics.

Real and generated sounds are standardised alike: to 44.1 kHz, from onset to -50 dB, peak .9. The
vectors are those of the shipped timbre network, hence "FD-timbre": never FAD, which is VGGish's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from starling.models.artifacts.catalogue import WEIGHTS
from starling.models.datasets.training_set import prepare
from starling.models.dsp import descriptors, pitch
from starling.models.dsp import signal as audio
from starling.models.dsp.mel import SAMPLE_RATE, levelled, log_mel
from starling.models.dsp.signal import Array
from starling.models.errors import InputError
from starling.models.timbre import numpy_forward

SECONDS = 2.0  # of a sound; what is longer is faded there
GLIDE_PERCENTILES = (10, 90)  # of F0 over a sound: how far its pitch moves
MIN_SAMPLES = 64  # less is a click that no descriptor can describe
Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Features:
    """Features of n sounds that are not silent. F0 is NaN where no frame is voiced."""

    vectors: Array  # (n, size), of length √size: a coordinate's mean square is 1
    low_vectors: Array | None  # (n, size) of the sounds low-passed, where they are
    spectrograms: Array  # (n, 1, bands, steps) log-mel, as the classifier takes them
    measures: Array  # (n, descriptors), order of descriptors.NAMES
    hertz: Array  # (n,) median F0 of the voiced frames
    voiced: Array  # (n,) share of the sounding frames that have a pitch
    glide: Array  # (n,) semitones between the 10th and the 90th percentile of F0
    labels: NDArray[np.int64]  # class of each, -1 for none
    silent: int = 0  # sounds left out

    def __len__(self) -> int:
        """Sounds in the set."""
        return len(self.vectors)

    @property
    def flat(self) -> Array:
        """The spectrograms as rows (n, bands * steps)."""
        return self.spectrograms.reshape(len(self), -1)

    def rows(self, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> Features:
        """Some of the sounds, by mask or index."""
        return Features(
            self.vectors[chosen],
            None if self.low_vectors is None else self.low_vectors[chosen],
            self.spectrograms[chosen],
            self.measures[chosen],
            self.hertz[chosen],
            self.voiced[chosen],
            self.glide[chosen],
            self.labels[chosen],
        )


def embedder() -> numpy_forward.Forward:
    """The shipped timbre network. Raises MissingError where its weights are absent."""
    return numpy_forward.load(WEIGHTS / "timbre.json")


def standardise(sound: Array, sample_rate: int) -> Array | None:
    """A mono sound at 44.1 kHz, from its onset, peak .9; None for silence and for a mere click."""
    whole = np.nan_to_num(np.asarray(sound, np.float32))
    if len(whole) < MIN_SAMPLES or np.abs(whole).max() < audio.SILENCE:
        return None
    ready = prepare(audio.resample(whole, sample_rate, SAMPLE_RATE), SAMPLE_RATE, SECONDS)
    try:
        levelled(ready)
    except InputError:
        return None
    return ready if len(ready) >= MIN_SAMPLES else None


def extract(
    signals: Sequence[Array | None],
    labels: NDArray[np.int64],
    forward: numpy_forward.Forward,
    *,
    lowest_rate: int = SAMPLE_RATE,
    progress: Progress = lambda fraction: None,
    name: str = "this set",
) -> Features:
    """Measure sounds that went through `standardise`; None ones are counted as silent.

    `lowest_rate` is that of the model with the narrowest band. Raises InputError when less than two
    sounds are left.
    """
    from starling.models.evaluation import classifier

    kept = [index for index, signal in enumerate(signals) if signal is not None]
    if len(kept) < 2:
        raise InputError(f"{name} has {len(kept)} sounds that are not silent", code="silent")
    sounds = [signal for signal in signals if signal is not None]
    vectors, low, rest = [], [], []
    for index, signal in enumerate(sounds):
        vectors.append(_mel(signal))
        if lowest_rate < SAMPLE_RATE:
            low.append(_mel(low_passed(signal, lowest_rate)))
        rest.append((*descriptors.describe(signal, SAMPLE_RATE), *pitch_statistics(signal)))
        progress((index + 1) / len(sounds))
    table = np.array(rest, np.float32)
    count = len(descriptors.NAMES)
    return Features(
        _scaled(forward(np.stack(vectors))),
        _scaled(forward(np.stack(low))) if low else None,
        classifier.log_mel_spectrograms(sounds, SAMPLE_RATE).numpy(),
        table[:, :count],
        table[:, count],
        table[:, count + 1],
        table[:, count + 2],
        np.asarray(labels, np.int64)[kept],
        len(signals) - len(kept),
    )


def _mel(signal: Array) -> Array:
    return log_mel(levelled(signal))


def _scaled(vectors: Array) -> Array:
    return np.asarray(vectors * np.sqrt(vectors.shape[1]), np.float32)


def low_passed(signal: Array, rate: int) -> Array:
    """A sound at 44.1 kHz as one of `rate` holds it: nothing above half of that."""
    return audio.resample(audio.resample(signal, SAMPLE_RATE, rate), rate, SAMPLE_RATE)


def pitch_statistics(signal: Array) -> tuple[float, float, float]:
    """Median F0 in Hz (NaN: none), share of sounding frames with a pitch, semitones it moves."""
    hertz, sounding = pitch.contour(signal, SAMPLE_RATE)
    found = hertz[sounding & (hertz > 0)]
    if not len(found):
        return float("nan"), 0.0, 0.0
    low, high = np.percentile(found, GLIDE_PERCENTILES)
    share = len(found) / max(1, int(sounding.sum()))
    return float(np.median(found)), share, float(12 * np.log2(high / low))
