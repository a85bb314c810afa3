"""From a sound of the user's to a point of the model: encode it, then optimise the point.

The encoder's estimate is refined by gradient descent on a perceptual loss (spectral_losses), which
takes seconds and reaches sounds that are unlike any of the training's: first where the network's
numbers lie straight before it, at last in the prior's noise, which is what a point is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import Tensor, nn

from starling.models.datasets import training_set
from starling.models.dsp import signal as audio
from starling.models.dsp import spectral_losses
from starling.models.dsp.signal import Array
from starling.models.errors import InputError
from starling.models.oneshot import pitch_contour, pitch_targets
from starling.models.oneshot.latent_point import REACH, Point, point_of
from starling.models.oneshot.latent_prior import LatentPrior
from starling.models.oneshot.network import Conditions, Config, OneShot

STEPS = 60  # of gradient descent through the prior's whitened directions; more change little
LAST_STEPS = 20  # through its noise, where the way there is exact
RATE = 0.08
SECONDS = 1.0  # of the sound's beginning that the loss compares
LIKELY = 3.0  # standard deviations from the middle within which the search begins
PULL = 0.002  # weight of the latent's squared length, so that it stays where knobs work
SEED = 0  # of the noise


@dataclass(slots=True)
class _Objective:
    """The distance of a point's sound from the target, and what it takes to decode one."""

    model: OneShot
    prior: LatentPrior
    target: Tensor  # (1, frames)
    noise: Tensor  # (1, bins, T)

    def searched(self, label: int, white: Tensor) -> Tensor:
        """The sound (1, frames) at a place (F,) in a class, whitened by the prior."""
        return self._decode(label, *self.prior.unwhitened(label, white))

    def played(self, label: int, noise: Tensor) -> Tensor:
        """The sound (1, frames) that is played for the prior's noise (F,) in a class."""
        config = self.model.config
        share = nn.functional.one_hot(torch.tensor(label), len(config.classes)).float()
        middle = torch.full((config.descriptors,), 0.5)
        return self._decode(label, *self.prior.from_noise(share, middle, noise))

    def _decode(self, label: int, latent: Tensor, ranks: Tensor) -> Tensor:
        mixed = self.model.mixed(latent[None], Conditions(torch.tensor([label]), ranks[None]))
        sound: Tensor = self.model.decoder(mixed, self.noise, self.target.shape[1])[0]
        return sound

    def distance(self, sound: Tensor) -> Tensor:
        """How far it is from the target."""
        rate = self.model.config.head.sample_rate
        logs, linear = spectral_losses.spectral(sound, self.target, rate)
        return logs + 0.5 * linear


def encode(
    model: OneShot,
    prior: LatentPrior,
    signal: Array,
    sample_rate: int,
    *,
    progress: Callable[[float], None] = lambda fraction: None,
) -> Point:
    """The point whose sound is nearest to `signal` (frames,).

    On one thread by the caller's care, hence the same point every time. Raises InputError for
    silence.
    """
    config = model.config
    signal = audio.resample(signal, sample_rate, config.head.sample_rate)
    if not len(signal) or np.abs(signal).max() < audio.SILENCE:
        raise InputError("the sound is silent; there is nothing to encode", code="silent")
    ready = training_set.prepare(signal, config.head.sample_rate, config.seconds)
    whole = np.pad(ready, (0, max(0, 4 * config.head.n_fft - len(ready))))
    objective = _objective(model, prior, whole)
    melody = _melody(ready, config)
    label, white = _class_of(objective, torch.from_numpy(whole)[None], melody)
    progress(0.2)
    found = _refine(
        objective, partial(objective.searched, label), white, STEPS,
        lambda done: progress(0.2 + 0.6 * done),
    )  # fmt: skip
    noise = _refine(
        objective, partial(objective.played, label),
        prior.noise_of(label, found).clamp(-REACH, REACH), LAST_STEPS,
        lambda done: progress(0.8 + 0.2 * done),
    )  # fmt: skip
    return point_of({config.classes[label]: 1.0}, noise.numpy().clip(-REACH, REACH))


def _objective(model: OneShot, prior: LatentPrior, sound: Array) -> _Objective:
    """The beginning of a prepared sound, and as much noise."""
    head = model.config.head
    frames = min(len(sound), int(SECONDS * head.sample_rate))
    random = np.random.Generator(np.random.Philox(key=[SEED, 2]))
    noise = torch.from_numpy(random.standard_normal(frames, np.float32))
    window = model.encoder.window
    spectrum = torch.stft(noise, head.n_fft, head.hop, window=window, return_complex=True)
    return _Objective(model, prior, torch.from_numpy(sound[:frames])[None], spectrum[None])


def _melody(sound: Array, config: Config) -> Tensor:
    """The melody (1, M) of a sound (frames,), of no numbers for a model that has none."""
    if not config.contour:
        return torch.zeros(1, 0)
    track = pitch_targets.track_for(sound, config.head)
    seconds = len(sound) / config.head.sample_rate
    found = pitch_contour.fit_contour(track, seconds, 1.0, config.head, config.contour)
    return torch.from_numpy(found)[None]


@torch.no_grad()
def _class_of(objective: _Objective, sound: Tensor, sung: Tensor) -> tuple[int, Tensor]:
    """The class whose reconstruction is nearest, and where its latent lies in it (F,)."""
    model, prior = objective.model, objective.prior
    middle = torch.full((model.config.descriptors,), 0.5)
    best: tuple[float, int, Tensor] | None = None
    for label in range(len(model.config.classes)):
        given = Conditions(torch.tensor([label]), middle[None])
        latent = model.encode(sound, given, sung)[0][0]
        white = prior.whitened(label, latent, middle).clamp(-LIKELY, LIKELY)
        far = float(objective.distance(objective.searched(label, white)))
        if best is None or far < best[0]:
            best = far, label, white
    assert best is not None
    return best[1], best[2]


def _refine(
    objective: _Objective,
    decode: Callable[[Tensor], Tensor],
    start: Tensor,
    steps: int,
    progress: Callable[[float], None],
) -> Tensor:
    """The best place (F,) met on the way down from `start`, by the sounds that `decode` makes."""
    held = start.clone().requires_grad_()
    optimizer = torch.optim.Adam([held], RATE)
    best, least = start, float("inf")
    with torch.enable_grad():
        for step in range(steps):
            far = objective.distance(decode(held))
            if float(far.detach()) < least:
                best, least = held.detach().clone(), float(far.detach())
            loss = far + PULL * held.square().mean() * len(held)
            (held.grad,) = torch.autograd.grad(loss, [held])
            optimizer.step()
            progress((step + 1) / steps)
    return best
