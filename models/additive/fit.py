"""Fit additive vectors to recordings by gradient descent, several in one batch.

Each starts from `additive_analysis.analyse`; Adam then lowers a multi-resolution log spectral
distance. The noise is another one at every step, so that nothing is fitted to its chance.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from starling.models.additive import synthesizer
from starling.models.additive.analysis import analyse
from starling.models.additive.synthesizer import Config
from starling.models.dsp import sound_distance, spectral_losses
from starling.models.dsp.signal import Array
from starling.models.training import schedule

CONVERGENCE = 0.5  # weight of the relative distance of amplitudes, which the loud part decides
PHASE = 0.15  # weight of the phase error below 1 kHz: the shape of a kick's attack
WARMUP = 5  # steps
FINAL_RATE = 0.05  # of the highest, at the end of the cosine
COMPARE_SEED = 1  # of the noise with which initial and fitted sounds are compared


@dataclass(frozen=True, slots=True)
class Settings:
    """One fit. It ends after `steps`, or where `seconds` a sound are used (0: no limit); the first
    guess counts.
    """

    steps: int = 80
    seconds: float = 0.0
    batch_seconds: float = 8.0  # of sound in a batch: 0.4 s a step on one CPU thread
    rate: float = 2.0  # in `additive.steps` per step of Adam
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Fit:
    """A vector (size,) and its distance from the recording in dB, before and after the descent."""

    vector: Array
    initial_mss: float
    mss: float


Report = Callable[[float, float], None]  # used share of the fit, distance


def batches(lengths: Sequence[int], config: Config, settings: Settings) -> Iterator[list[int]]:
    """Indices of sounds in batches of like length, each at most `batch_seconds`, padding too."""
    longest = settings.batch_seconds * config.sample_rate
    batch: list[int] = []
    for index in sorted(range(len(lengths)), key=lambda index: (lengths[index], index)):
        if batch and (len(batch) + 1) * lengths[index] > longest:
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch


def fit(
    sounds: Sequence[Array],
    config: Config,
    settings: Settings,
    *,
    report: Report = lambda fraction, distance: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> list[Fit]:
    """Fit one vector to each mono sound (frames,); what is cancelled keeps what it has so far.

    Raises InputError as `additive_analysis.check`.
    """
    if not sounds:
        return []
    began = time.monotonic()
    started = np.stack([analyse(sound, config) for sound in sounds])
    frames = max(len(sound) for sound in sounds)
    wanted = torch.zeros(len(sounds), frames)
    for row, sound in enumerate(sounds):
        wanted[row, : len(sound)] = torch.from_numpy(sound)
    vectors = _descend(
        torch.from_numpy(started), wanted, config, settings, began, report, cancelled
    )
    fitted = np.asarray(vectors.numpy(), np.float32)
    return [_better(*each, config) for each in zip(started, fitted, sounds, strict=True)]


def _better(before: Array, after: Array, sound: Array, config: Config) -> Fit:
    """The descended vector, but where the first guess is nearer: in much noise it can be."""
    first, last = distance(before, sound, config), distance(after, sound, config)
    return Fit(after, first, last) if last <= first else Fit(before, first, first)


def white(frames: int, seed: int, config: Config) -> Tensor:
    """Noise carriers for `frames` samples, from a seed."""
    random = np.random.Generator(np.random.Philox(key=[seed, 0]))
    return synthesizer.split_noise(
        torch.from_numpy(random.standard_normal(frames, np.float32)), config
    )


def distance(vector: Array, sound: Array, config: Config) -> float:
    """MSS in dB between a vector's sound and a recording (frames,)."""
    noise = white(len(sound), COMPARE_SEED, config)
    with torch.no_grad():
        made = synthesizer.render(torch.from_numpy(vector)[None], len(sound), noise, config)
    return sound_distance.mss(sound[None], made.numpy(), config.sample_rate)


def loss(made: Tensor, wanted: Tensor, config: Config) -> Tensor:
    """What the descent lowers, for sounds (B, frames)."""
    spectral, convergence = spectral_losses.spectral(made, wanted, config.sample_rate)
    return spectral + CONVERGENCE * convergence + PHASE * spectral_losses.phase(made, wanted)


def _descend(
    vectors: Tensor,
    wanted: Tensor,
    config: Config,
    settings: Settings,
    began: float,
    report: Report,
    cancelled: Callable[[], bool],
) -> Tensor:
    """Adam from `vectors` (B, size) towards sounds (B, frames); the length stays."""
    scale = synthesizer.steps(config)
    scale[0] = 0.0
    moved = torch.zeros_like(vectors, requires_grad=True)
    optimizer = torch.optim.Adam([moved], settings.rate, betas=(0.9, 0.95))
    noise = white(wanted.shape[1], settings.seed, config)
    turns = np.random.Generator(np.random.Philox(key=[settings.seed, 1]))
    for step in range(settings.steps):
        used = max(step / settings.steps, _used(began, len(vectors), settings))
        if used >= 1.0 or cancelled():
            break
        for group in optimizer.param_groups:
            group["lr"] = _rate(step, used, settings)
        rolled = noise.roll(int(turns.integers(noise.shape[1])), dims=1)
        made = synthesizer.render(vectors + moved * scale, wanted.shape[1], rolled, config)
        value = loss(made, wanted, config)
        optimizer.zero_grad()
        torch.autograd.backward(value)
        optimizer.step()
        _keep_within(moved, vectors, scale, config)
        report(used, float(value.detach()))
    return synthesizer.bounded(vectors + moved.detach() * scale, config)


def _used(began: float, count: int, settings: Settings) -> float:
    """Share of the time budget that is spent."""
    if not settings.seconds:
        return 0.0
    return (time.monotonic() - began) / (settings.seconds * count)


def _rate(step: int, used: float, settings: Settings) -> float:
    """Linear warm-up, then a cosine over the budget."""
    return schedule.warmed(settings.rate, step, WARMUP, schedule.cosine(used, FINAL_RATE))


@torch.no_grad()
def _keep_within(moved: Tensor, vectors: Tensor, scale: Tensor, config: Config) -> None:
    """Project onto the bounds: clamping alone would leave no gradient out there."""
    inside = synthesizer.bounded(vectors + moved * scale, config) - vectors
    moved.copy_(torch.where(scale > 0, inside / scale.clamp(min=1e-9), 0.0))
