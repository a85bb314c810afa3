"""The trainer of the one-shot generator, in two stages.

First as an autoencoder, then against discriminators (train_adversarial.py). What a run needs beside
its steps is in models/training.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import torch
from torch import Tensor

from starling.models.datasets.training_set import SoundSet
from starling.models.oneshot import train_adversarial
from starling.models.oneshot.batches import Batches
from starling.models.oneshot.latent_prior import LatentPrior
from starling.models.oneshot.network import Config, OneShot
from starling.models.oneshot.reconstruction import (
    Weights,
    compute_loss,
    rebuilding_loss,
    to_device,
    validation,
)
from starling.models.oneshot.train_adversarial import AdversarialState, Second
from starling.models.training import schedule
from starling.models.training.device import Device, Precision
from starling.models.training.fit import fit
from starling.models.training.learning import Measure
from starling.models.training.result import Result
from starling.models.training.run import Extra, Run, begin
from starling.models.training.session import QUIET, Session
from starling.models.training.validation import Validation

TIMED = 4  # sounds that are encoded to foresee how long all take


@dataclass(frozen=True, slots=True)
class Settings:
    """One run. Either `minutes` or `steps` ends it, whichever comes first; 0 means no limit."""

    minutes: float = 0.0
    steps: int = 0
    seed: int = 0
    threads: int = 0  # 0 leaves torch's choice
    batch: int = 16  # half a second a step on one CPU thread
    rate: float = 2e-3  # high, as the budget is short; gradients are clipped
    warmup: int = 100  # steps
    latent_free: float = 0.1  # share of the budget in which the latent costs nothing
    latent_ramp: float = 0.4  # share by which it costs in full: else it is never used
    final_rate: float = 0.03  # of the highest, at the end of the cosine
    average: float = 0.999  # EMA: the last thousand steps
    clip: float = 1.0
    decay: float = 0.01
    valid_steps: int = 200  # between two validations on the held-out sounds
    patience: int = 8  # validations without a better one that end the first stage early; 0: never
    save_seconds: float = 60.0
    precision: Precision = "32-true"  # "bf16-mixed" on a GPU
    second: Second = field(default_factory=Second)

    def stages(self, fraction: float) -> tuple[float, float]:
        """How much of the first and of the second stage is done, 0..1 each."""
        first = 1.0 - self.second.share
        later = (fraction - first) / self.second.share if self.second.share else 0.0
        return (min(1.0, fraction / first) if first else 1.0), max(0.0, later)

    def latent_cost(self, fraction: float) -> float:
        """Factor 0..1 on the divergence (Bowman et al., arXiv 1511.06349)."""
        return min(1.0, max(0.0, (fraction - self.latent_free) / self.latent_ramp))

    def learning_rate(self, step: int, fraction: float) -> float:
        """Linear warm-up, then a cosine over the stage."""
        level = schedule.cosine(fraction, self.final_rate)
        return schedule.warmed(self.rate, step, self.warmup, level)


def train(
    sounds: SoundSet,
    config: Config,
    settings: Settings,
    out: Path,
    session: Session = QUIET,
    saved: Callable[[Result[OneShot]], None] = lambda result: None,
) -> Result[OneShot]:
    """Train until the budget is used; checkpoints in `out`. Raises as `begin` and `fit` do.

    `saved` gets the averaged model as it is after each checkpoint on the way.
    """
    fabric = begin(out, settings, session, Device(settings.precision))
    model, average = OneShot(config), OneShot(config)
    average.load_state_dict(model.state_dict())
    optimizer = torch.optim.AdamW(
        model.parameters(), settings.rate, betas=(0.9, 0.99), weight_decay=settings.decay
    )
    about = sounds.manifest, asdict(config)
    run = Run(out, settings, session, fabric, *about, model, optimizer, average, settings.average)
    stages = _Stages(run, sounds, config, settings)
    run.extra = Extra(stages.tensors, stages.restore)
    valid = validation(sounds, config, settings.batch)
    loss = valid or rebuilding_loss(stages.batches)
    learning = fit(
        run,
        stages.step,
        Measure(lambda: loss(average), "held-out loss" if valid else "loss on its training sounds"),
        _validation(valid, average, settings),
        saved=lambda: saved(Result.of(run, copy.deepcopy(average).cpu().eval())),
    )
    return Result.of(run, average.cpu().eval(), learning)


def _validation(
    valid: Callable[[OneShot], float] | None, average: OneShot, settings: Settings
) -> Validation | None:
    """Looks at the held-out sounds in the first stage, and ends it where they get no better.

    What is left of the stage is saved, not given to the second.
    """
    if valid is None:
        return None
    return Validation(
        lambda: {"valid": valid(average)},
        settings.valid_steps,
        until=1.0 - settings.second.share,
        best="valid",
        patience=settings.patience,
    )


class _Stages:
    """One step of either stage, by the share of the budget; the second stage's discriminators."""

    def __init__(
        self, run: Run[OneShot], sounds: SoundSet, config: Config, settings: Settings
    ) -> None:
        self.run, self.config, self.settings = run, config, settings
        began = time.monotonic()
        self.batches = Batches(sounds, config, settings.batch, settings.seed)
        self.fewer = self.batches.resized(settings.second.batch)
        self.weights = Weights()
        self.state: AdversarialState | None = None  # from the second stage on
        self._foresee_prior(time.monotonic() - began)

    def _foresee_prior(self, reading: float) -> None:
        """Expect what publishing needs: the batches once more, and the latent of each sound."""
        began, count = time.monotonic(), len(self.batches.signals)
        train_adversarial.encode(self.run.network, self.batches, range(min(TIMED, count)))
        each = (time.monotonic() - began) / min(TIMED, count)
        self.run.clock.expect("finish", reading + count * each)

    def step(self, done: float) -> dict[str, Tensor]:
        """The first stage until its share is used, then the second."""
        first, second = self.settings.stages(done)
        return self._adversarial(second) if first >= 1.0 else self._reconstruct(first)

    def _reconstruct(self, done: float) -> dict[str, Tensor]:
        """One step of the autoencoder."""
        run, settings, weights = self.run, self.settings, self.weights
        run.set_rate(settings.learning_rate(run.step, done))
        now = replace(weights, divergence=weights.divergence * settings.latent_cost(done))
        batch = to_device(self.batches.draw(run.step), run.fabric)
        total, parts = compute_loss(run.model, run.network, batch, now)
        run.descend(total, settings.clip)
        return parts

    def _adversarial(self, done: float) -> dict[str, Tensor]:
        """One step of decoder and discriminators."""
        run, settings = self.run, self.settings
        if self.state is None:
            run.network.load_state_dict(run.kept.state_dict())
            prior = train_adversarial.fit_prior(run.network, self.batches)
            self.state = self._opened(prior)
        self.state.to(run.fabric.device)
        run.set_rate(settings.second.rate * schedule.cosine(done, settings.final_rate))
        run.seed_step()  # once more: drawing the discriminators seeded it otherwise
        batch = to_device(self.fewer.draw(run.step), run.fabric)
        return train_adversarial.step(
            self.state, run.network, run.optimizer, batch, self.weights,
            draw=run.step, alone=done < settings.second.alone, clip=settings.clip,
        )  # fmt: skip

    def _opened(self, prior: LatentPrior) -> AdversarialState:
        """Fresh discriminators."""
        settings, classes = self.settings, len(self.config.classes)
        return train_adversarial.open_state(settings.second, classes, prior, settings.seed)

    def tensors(self) -> dict[str, Tensor]:
        """For the checkpoint."""
        return self.state.tensors() if self.state else {}

    def restore(self, saved: dict[str, Tensor]) -> None:
        """Take up where `tensors` left off."""
        if saved:
            self.state = self._opened(train_adversarial.prior_of(saved))
            self.state.restore(saved)
