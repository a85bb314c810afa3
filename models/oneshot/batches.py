"""Batches for the one-shot trainer: balanced draw, light augmentation, targets. No networks.

A batch depends only on (seed, step), so that a resumed run sees what an unbroken one would have.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from starling.models.datasets.training_set import PEAK, SoundSet
from starling.models.dsp import signal as audio
from starling.models.dsp.signal import Array
from starling.models.oneshot import pitch_targets
from starling.models.oneshot.network import Conditions, Config
from starling.models.oneshot.pitch_contour import fit_contour

CANDIDATES = 4  # batches drawn at once and sorted by length: little padding
SEMITONES = 1.0  # reach of the resampling augmentation
EXTRA_SECONDS = 0.1  # silence after the longest sound, so that the model learns to end
LONG_BATCHES = 0.1  # share of batches padded to the full length, for the same reason
SHORT_BATCHES = 0.75  # share of batches of which only the beginning is decoded: tails are smooth
SHORT_SECONDS = 0.6
NOISE_SECONDS = 12.0  # of white noise from which each sound takes a piece
BODY_HZ = (25.0, 600.0)  # where the body's pitch is tracked


@dataclass(frozen=True, slots=True)
class Batch:
    """Sound (B, frames), conditions, melody (B, M), noise (B, bins, T), body pitch and weight
    (B, T).
    """

    sound: Tensor
    given: Conditions
    melody: Tensor
    noise: Tensor
    jitter: Tensor
    seconds: Tensor
    body_hz: Tensor
    body_weight: Tensor


def body_track(signal: Array, sample_rate: int, hop: int, count: int) -> tuple[Array, Array]:
    """Pitch (hertz) and level of what lies in BODY_HZ at `count` frame centres, of a drum.

    Instantaneous frequency of the analytic band-passed signal, weighted by its energy.
    """
    padded = np.pad(signal, (0, max(0, count * hop - len(signal)) + hop))
    spectrum = np.fft.fft(padded)
    hertz = np.fft.fftfreq(len(padded), 1 / sample_rate)
    spectrum[(hertz < BODY_HZ[0]) | (hertz > BODY_HZ[1])] = 0
    analytic = np.fft.ifft(spectrum)
    turn = np.concatenate([analytic[1:] * analytic[:-1].conj(), [0]])
    total = np.concatenate([[0], np.cumsum(turn)])
    centre = np.arange(count) * hop
    low, high = np.maximum(centre - hop, 0), np.minimum(centre + hop, len(turn))
    mean = (total[high] - total[low]) / np.maximum(high - low, 1)
    track = np.angle(mean) * sample_rate / (2 * np.pi)
    return np.clip(track, *BODY_HZ).astype(np.float32), np.abs(mean).astype(np.float32)


def class_weights(labels: NDArray[np.int64]) -> NDArray[np.float64]:
    """Chance of each sound: classes by the square root of their size, sounds in a class evenly."""
    sizes = np.bincount(labels)
    weights = 1.0 / np.sqrt(sizes[labels])
    return np.asarray(weights / weights.sum())


class Batches:
    """Draws training batches from the sounds that are not held out."""

    def __init__(self, sounds: SoundSet, config: Config, size: int, seed: int) -> None:
        self.config, self.size, self.seed = config, size, seed
        rows = np.nonzero(~sounds.held_out)[0]
        self.rows = rows
        self.signals = [sounds.sounds[row].signal for row in rows]
        self.lengths = np.array([len(signal) for signal in self.signals])
        self.labels = sounds.labels[rows]
        self.ranks = sounds.ranks[rows]
        self.weights = class_weights(self.labels)
        head = config.head
        self.voices = [
            pitch_targets.track_for(signal, head) for signal in self.signals if head.overtones
        ]
        generator = np.random.default_rng(seed)
        noise = generator.standard_normal(int(NOISE_SECONDS * head.sample_rate), np.float32)
        self.noise = torch.stft(
            torch.from_numpy(noise),
            head.n_fft,
            head.hop,
            window=torch.hann_window(head.n_fft),
            return_complex=True,
        ).mT  # (T, bins), as the head reads it

    def resized(self, size: int) -> Batches:
        """The same sounds in batches of another size; nothing is tracked again."""
        other = copy.copy(self)
        other.size = size
        return other

    def draw(self, step: int) -> Batch:
        """The batch of `step`."""
        generator = np.random.default_rng([self.seed, step])
        drawn = generator.choice(len(self.signals), CANDIDATES * self.size, p=self.weights)
        drawn = drawn[np.argsort(self.lengths[drawn], kind="stable")]
        block = int(generator.integers(CANDIDATES)) * self.size
        return self.build(drawn[block : block + self.size], generator)

    def build(self, chosen: NDArray[np.int64], generator: np.random.Generator) -> Batch:
        """Augment the chosen rows, pad them to one length and compute the targets."""
        head = self.config.head
        factors = 2 ** (generator.uniform(-SEMITONES, SEMITONES, len(chosen)) / 12)
        signals = [_resampled(self.signals[n], x) for n, x in zip(chosen, factors, strict=True)]
        longest = max(len(signal) for signal in signals) + int(EXTRA_SECONDS * head.sample_rate)
        frames = min(max(longest, 2 * head.n_fft), self.config.frames)
        if generator.random() < LONG_BATCHES:
            frames = self.config.frames
        count = frames // head.hop + 1
        if generator.random() < SHORT_BATCHES:
            count = min(count, int(SHORT_SECONDS * head.sample_rate) // head.hop + 1)
        sound = np.stack([np.pad(s[:frames], (0, max(0, frames - len(s)))) for s in signals])
        tracks = self._tracks(chosen, factors, sound, count)
        starts = generator.integers(len(self.noise) - count, size=len(signals))
        sizes = (self.config.drawn, self.config.descriptors)
        jitter = [generator.standard_normal((len(signals), size), np.float32) for size in sizes]
        seconds = np.log([len(signal) / head.sample_rate for signal in signals])
        return Batch(
            sound=torch.from_numpy(sound),
            given=Conditions(
                torch.from_numpy(self.labels[chosen]), torch.from_numpy(self.ranks[chosen])
            ),
            melody=self._melodies(chosen, factors),
            noise=torch.stack([self.noise[start : start + count] for start in starts]).mT,
            jitter=torch.from_numpy(np.concatenate(jitter, axis=1)),
            seconds=torch.from_numpy(seconds.astype(np.float32)),
            body_hz=torch.from_numpy(np.stack([track for track, _ in tracks])),
            body_weight=torch.from_numpy(np.stack([level for _, level in tracks])),
        )

    def plain(self, index: int) -> tuple[Tensor, Conditions, Tensor]:
        """One training sound (1, frames) as recorded, with its conditions and melody (1, M)."""
        signal = self.signals[index]
        short = max(0, 4 * self.config.head.n_fft - len(signal))
        given = Conditions(
            torch.from_numpy(self.labels[index : index + 1]),
            torch.from_numpy(self.ranks[index : index + 1]),
        )
        sound = torch.from_numpy(np.pad(signal, (0, short)))[None]
        return sound, given, self._melodies(np.array([index]), np.ones(1))

    def _melodies(self, chosen: NDArray[np.int64], factors: NDArray[np.float64]) -> Tensor:
        """Melodies (B, M) of the chosen rows, played faster by the factors."""
        config = self.config
        if not config.contour:
            return torch.zeros(len(chosen), 0)
        found = [
            fit_contour(
                self.voices[index],
                self.lengths[index] / config.head.sample_rate / factor,
                factor,
                config.head,
                config.contour,
            )
            for index, factor in zip(chosen, factors, strict=True)
        ]
        return torch.from_numpy(np.stack(found))

    def _tracks(
        self, chosen: NDArray[np.int64], factors: NDArray[np.float64], sound: Array, count: int
    ) -> list[tuple[Array, Array]]:
        """The body's pitch and level of each sound (B, frames) at `count` frame centres."""
        head = self.config.head
        if not self.voices:
            return [body_track(row, head.sample_rate, head.hop, count) for row in sound]
        pairs = zip(chosen, factors, strict=True)
        return [
            pitch_targets.resample_track(self.voices[index], factor, head, count)
            for index, factor in pairs
        ]


def _resampled(signal: Array, factor: float) -> Array:
    """Played `factor` times as fast, peak restored."""
    places = np.arange(0, len(signal) - 1, factor)
    varied = np.interp(places, np.arange(len(signal)), signal).astype(np.float32)
    return audio.normalise_peak(varied, PEAK)
