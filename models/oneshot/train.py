"""The training loop of the one-shot generator: one plain loop on Lightning Fabric.

First as an autoencoder, then against discriminators (train_adversarial.py). Runs on whatever Fabric
finds, from one CPU thread to a GPU. Ctrl-C saves and leaves.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import torch
from lightning_fabric import Fabric
from torch import Tensor

from starling.models.datasets.training_set import SoundSet
from starling.models.oneshot import train_adversarial
from starling.models.oneshot.batches import Batches
from starling.models.oneshot.latent_prior import LatentPrior
from starling.models.oneshot.network import Config, OneShot
from starling.models.oneshot.reconstruction import Watch, compute_loss, to_device, validation
from starling.models.oneshot.train_adversarial import Contest, Second
from starling.models.training import checkpoint, loop
from starling.models.training import spectral_losses as losses

CURVE_STEPS = 20  # between two points of a curve
Step = Callable[[float], dict[str, Tensor]]  # from the done share of a stage to a step's losses


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
    valid_steps: int = 200  # between two looks at the held-out sounds
    patience: int = 8  # looks without a better one that end the first stage early; 0: never
    save_seconds: float = 60.0
    precision: Literal["32-true", "bf16-mixed"] = "32-true"  # "bf16-mixed" on a GPU
    second: Second = field(default_factory=Second)

    def fraction(self, step: int, elapsed: float) -> float:
        """How much of the budget is used, 0..1."""
        return loop.used(step, elapsed, self.steps, self.minutes)

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
        level = loop.cosine(fraction, self.final_rate)
        return self.rate * min(1.0, (step + 1) / self.warmup) * level


@dataclass(frozen=True, slots=True)
class Result:
    """What a run leaves: the averaged model, where it stands, and its last losses."""

    model: OneShot
    step: int
    elapsed: float
    losses: dict[str, float]
    interrupted: bool


@dataclass(slots=True)
class _Run:
    """What a run holds: its inputs, its networks, and how far it is."""

    sounds: SoundSet
    config: Config
    settings: Settings
    out: Path
    model: OneShot
    average: OneShot
    optimizer: torch.optim.Optimizer
    contest: Contest | None = None  # from the second stage on
    watch: Watch = field(default_factory=Watch)
    step: int = 0
    elapsed: float = 0.0
    parts: dict[str, float] = field(default_factory=dict)

    def progress(self) -> checkpoint.Progress:
        """How far it is, and what a resumed run must agree with."""
        config = asdict(self.config)
        return checkpoint.Progress(
            self.step, self.elapsed, self.settings.seed, self.sounds.manifest, config
        )

    def save(self) -> None:
        """Write the checkpoint and append one line to the log."""
        checkpoint.save(
            self.out / loop.CHECKPOINT,
            self.progress(),
            self.model.state_dict(),
            self.average.state_dict(),
            self.optimizer.state_dict(),
            self.watch.tensors() | (self.contest.tensors() if self.contest else {}),
        )
        loop.log(self.out, self.step, self.elapsed, self.parts)

    def restore(self) -> None:
        """Fill everything from the checkpoint; InputError where it belongs to another run."""
        saved, groups, slots = checkpoint.load(self.out / loop.CHECKPOINT)
        loop.require_same(saved, self.progress())
        self.model.load_state_dict(groups["weights"])
        self.average.load_state_dict(groups["average"])
        loop.fill(self.optimizer, slots)
        self.step, self.elapsed = saved.step, saved.elapsed
        self.watch.restore(groups["more"].pop("watch"))
        if groups["more"]:
            self.contest = self.contested(train_adversarial.prior_of(groups["more"]))
            self.contest.restore(groups["more"])

    def result(self, interrupted: bool = False) -> Result:
        """The model as it is now, on the CPU."""
        model = copy.deepcopy(self.average).cpu().eval()
        return Result(model, self.step, self.elapsed, dict(self.parts), interrupted)

    def contested(self, prior: LatentPrior) -> Contest:
        """Fresh discriminators for the second stage."""
        settings = self.settings
        return train_adversarial.open_contest(
            settings.second, len(self.config.classes), prior, settings.seed
        )

    def fraction(self) -> float:
        """How much of the budget is used or no longer needed, 0..1."""
        used = self.settings.fraction(self.step, self.elapsed)
        return min(1.0, used + self.watch.skipped)


def _open_run(sounds: SoundSet, config: Config, settings: Settings, out: Path) -> _Run:
    """Fresh networks and optimiser, seeded. Raises InputError where the budget is missing."""
    loop.require_budget(settings.minutes, settings.steps)
    out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(settings.seed)
    model, average = OneShot(config), OneShot(config)
    average.load_state_dict(model.state_dict())
    optimizer = torch.optim.AdamW(
        model.parameters(), settings.rate, betas=(0.9, 0.99), weight_decay=settings.decay
    )
    return _Run(sounds, config, settings, out, model, average, optimizer)


def train(
    sounds: SoundSet,
    config: Config,
    settings: Settings,
    out: Path,
    *,
    resume: bool = False,
    report: loop.Report = lambda fraction, step, parts: None,
    saved: Callable[[Result], None] = lambda result: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Result:
    """Train until the budget is used, checkpoint into `out` every minute and at the end.

    `saved` gets the model as it is after each checkpoint. KeyboardInterrupt ends it early with
    everything saved. Raises InputError where the budget is missing, `out` holds another run or a
    resumed run does not match, MissingError and ParseError for a bad checkpoint, StarlingError
    where the training diverges.
    """
    if not resume:
        loop.require_free(out)
    run = _open_run(sounds, config, settings, out)
    if resume:
        run.restore()
    if settings.threads:
        torch.set_num_threads(settings.threads)
    interrupted = False
    try:
        _loop(run, report, saved, cancelled)
    except KeyboardInterrupt:
        interrupted = True
    run.save()
    return run.result(interrupted)


def _loop(
    run: _Run,
    report: loop.Report,
    saved: Callable[[Result], None],
    cancelled: Callable[[], bool],
) -> None:
    """Step after step until the budget is used or someone cancels."""
    settings = run.settings
    fabric = Fabric(accelerator="auto", devices=1, precision=settings.precision)
    model, optimizer = fabric.setup(run.model, run.optimizer)
    run.average.to(fabric.device)
    run.optimizer.load_state_dict(run.optimizer.state_dict())  # follows the weights to the device
    first, second = _stages(run, fabric, model, optimizer)
    valid = validation(run.sounds, run.config, settings.batch)
    start, last = time.monotonic() - run.elapsed, time.monotonic()
    with loop.board(run.out) as curves:
        while (fraction := run.fraction()) < 1.0 and not cancelled():
            done, later = settings.stages(fraction)
            parts = second(later) if done >= 1.0 else first(done)
            loop.update_average(run.average, run.model, run.step, settings.average)
            run.step, run.elapsed = run.step + 1, time.monotonic() - start
            run.parts = run.parts | loop.smooth(run.parts, parts)
            if done < 1.0 and run.step % settings.valid_steps == 0:
                _look(run, valid)
            report(run.fraction(), run.step, run.parts)
            if run.step % CURVE_STEPS == 0:
                curves(run.step, run.parts)
            if time.monotonic() - last > settings.save_seconds:
                run.save()
                saved(run.result())
                last = time.monotonic()


def _stages(run: _Run, fabric: Fabric, model: Any, optimizer: Any) -> tuple[Step, Step]:
    """One step of the first stage, and one of the second."""
    settings = run.settings
    weights = losses.Weights()
    batches = Batches(run.sounds, run.config, settings.batch, settings.seed)
    fewer = Batches(run.sounds, run.config, settings.second.batch, settings.seed)

    def first(done: float) -> dict[str, Tensor]:
        _set_rate(optimizer, settings.learning_rate(run.step, done))
        now = replace(weights, divergence=weights.divergence * settings.latent_cost(done))
        batch = to_device(batches.draw(run.step), fabric)
        total, parts = compute_loss(model, run.model, batch, now)
        optimizer.zero_grad()
        fabric.backward(total)
        fabric.clip_gradients(model, optimizer, max_norm=settings.clip)
        optimizer.step()
        return parts

    def second(done: float) -> dict[str, Tensor]:
        if run.contest is None:
            run.model.load_state_dict(run.average.state_dict())
            run.contest = run.contested(train_adversarial.fit_prior(run.model, batches))
        run.contest.to(fabric.device)
        _set_rate(run.optimizer, settings.second.rate * loop.cosine(done, settings.final_rate))
        torch.manual_seed((settings.seed << 24) + run.step)  # dropout alike after a resume
        batch = to_device(fewer.draw(run.step), fabric)
        return train_adversarial.step(
            run.contest, run.model, run.optimizer, batch, weights,
            draw=run.step, alone=done < settings.second.alone, clip=settings.clip,
        )  # fmt: skip

    return first, second


def _look(run: _Run, valid: Callable[[OneShot], float] | None) -> None:
    """Measure the held-out sounds; end the first stage where they have not fared better for long.

    What is left of the stage is saved, not given to the second.
    """
    if valid is None:
        return
    run.parts["valid"] = valid(run.average)
    run.watch.tell(run.parts["valid"])
    if run.settings.patience and run.watch.stale >= run.settings.patience:
        left = 1.0 - run.settings.second.share - run.fraction()
        run.watch.skipped += max(0.0, left)


def _set_rate(optimizer: Any, rate: float) -> None:
    """The learning rate of every group."""
    for group in optimizer.param_groups:
        group["lr"] = rate
