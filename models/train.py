"""The training loop of the one-shot generator: one plain loop on Lightning Fabric.

Runs on whatever Fabric finds, from one CPU thread to a GPU. Ctrl-C saves and leaves.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Literal

import torch
from lightning_fabric import Fabric
from torch import Tensor

from starling.models import checkpoint, losses
from starling.models.batches import Batch, Batches
from starling.models.data import SoundSet
from starling.models.errors import InputError
from starling.models.oneshot import Conditions, Config, OneShot

CHECKPOINT = "checkpoint.safetensors"
LOG = "log.jsonl"


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
    save_seconds: float = 60.0
    precision: Literal["32-true", "bf16-mixed"] = "32-true"  # "bf16-mixed" on a GPU

    def fraction(self, step: int, elapsed: float) -> float:
        """How much of the budget is used, 0..1."""
        by_step = step / self.steps if self.steps else 0.0
        by_time = elapsed / (60 * self.minutes) if self.minutes else 0.0
        return min(1.0, max(by_step, by_time))

    def latent_cost(self, fraction: float) -> float:
        """Factor 0..1 on the divergence (Bowman et al., arXiv 1511.06349)."""
        return min(1.0, max(0.0, (fraction - self.latent_free) / self.latent_ramp))

    def learning_rate(self, step: int, fraction: float) -> float:
        """Linear warm-up, then a cosine over the budget."""
        cosine = 0.5 + 0.5 * math.cos(math.pi * fraction)
        level = self.final_rate + (1 - self.final_rate) * cosine
        return self.rate * min(1.0, (step + 1) / self.warmup) * level


@dataclass(frozen=True, slots=True)
class Result:
    """What a run leaves: the averaged model, where it stands, and its last losses."""

    model: OneShot
    step: int
    elapsed: float
    losses: dict[str, float]
    interrupted: bool


Report = Callable[[float, int, dict[str, float]], None]


def compute_loss(
    model: torch.nn.Module, head: OneShot, batch: Batch, weights: losses.Weights
) -> tuple[Tensor, dict[str, Tensor]]:
    """Total loss and its parts; `head` is the bare module behind Fabric's wrapper."""
    sound, raw, length, mean, log_variance = model(
        batch.sound, batch.given.label, batch.given.ranks, batch.noise, batch.jitter
    )
    rate, wanted = head.config.head.sample_rate, batch.sound[:, : sound.shape[1]]
    pitch = head.decoder.head.body(raw)[..., 0]
    spectral, convergence = losses.spectral(sound, wanted, rate)
    parts = {
        "spectral": spectral,
        "convergence": convergence,
        "phase": losses.phase(sound, wanted),
        "onset": losses.onset(sound, wanted),
        "body": losses.body(pitch, batch.body_hz, batch.body_weight),
        "length": (length - batch.seconds).abs().mean(),
        "divergence": losses.divergence(mean, log_variance),
    }
    total = torch.stack([getattr(weights, name) * value for name, value in parts.items()]).sum()
    return total, parts


def to_device(batch: Batch, fabric: Fabric) -> Batch:
    """Move every tensor of the batch to the device of the run."""
    moved = fabric.to_device
    return Batch(
        sound=moved(batch.sound),
        given=Conditions(moved(batch.given.label), moved(batch.given.ranks)),
        noise=moved(batch.noise),
        jitter=moved(batch.jitter),
        seconds=moved(batch.seconds),
        body_hz=moved(batch.body_hz),
        body_weight=moved(batch.body_weight),
    )


@torch.no_grad()
def update_average(average: OneShot, model: OneShot, step: int, decay: float) -> None:
    """Exponential moving average of the weights, faster while young."""
    keep = min(decay, (1 + step) / (10 + step))
    for old, new in zip(average.parameters(), model.parameters(), strict=True):
        old.lerp_(new.detach(), 1 - keep)


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
    step: int = 0
    elapsed: float = 0.0
    parts: dict[str, float] = field(default_factory=dict)

    def save(self) -> None:
        """Write the checkpoint and append one line to the log."""
        config = asdict(self.config)
        progress = checkpoint.Progress(
            self.step, self.elapsed, self.settings.seed, self.sounds.manifest, config
        )
        checkpoint.save(
            self.out / CHECKPOINT,
            progress,
            self.model.state_dict(),
            self.average.state_dict(),
            self.optimizer.state_dict(),
        )
        line = {"step": self.step, "elapsed": round(self.elapsed, 1), **self.parts}
        with (self.out / LOG).open("a", encoding="utf-8") as log:
            log.write(json.dumps(line) + "\n")

    def restore(self) -> None:
        """Fill everything from the checkpoint; InputError where it belongs to another run."""
        progress, groups, slots = checkpoint.load(self.out / CHECKPOINT)
        if progress.manifest != self.sounds.manifest:
            raise InputError("the checkpoint was trained on other sounds", code="bad_resume")
        if json.dumps(progress.config) != json.dumps(asdict(self.config)):
            raise InputError("the checkpoint has another network configuration", code="bad_resume")
        if progress.seed != self.settings.seed:
            raise InputError(
                f"the checkpoint was made with seed {progress.seed}", code="bad_resume"
            )
        self.model.load_state_dict(groups["weights"])
        self.average.load_state_dict(groups["average"])
        state = self.optimizer.state_dict()
        state["state"] = slots
        self.optimizer.load_state_dict(state)
        self.step, self.elapsed = progress.step, progress.elapsed

    def fraction(self) -> float:
        """How much of the budget is used, 0..1."""
        return self.settings.fraction(self.step, self.elapsed)


def _open_run(sounds: SoundSet, config: Config, settings: Settings, out: Path) -> _Run:
    """Fresh networks and optimiser, seeded. Raises InputError where the budget is missing."""
    if settings.minutes <= 0 and settings.steps <= 0:
        raise InputError("a budget is needed: minutes or steps above 0", code="bad_budget")
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
    report: Report = lambda fraction, step, parts: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Result:
    """Train until the budget is used, checkpoint into `out` every minute and at the end.

    KeyboardInterrupt ends it early with everything saved. Raises InputError where the budget is
    missing, `out` holds another run or a resumed run does not match, MissingError and ParseError
    for a bad checkpoint.
    """
    if not resume and (out / CHECKPOINT).exists():
        raise InputError(
            f"{out} holds a run already: --resume goes on with it, --out names another folder",
            code="bad_out",
        )
    run = _open_run(sounds, config, settings, out)
    if resume:
        run.restore()
    if settings.threads:
        torch.set_num_threads(settings.threads)
    interrupted = False
    try:
        _loop(run, report, cancelled)
    except KeyboardInterrupt:
        interrupted = True
    run.save()
    return Result(run.average.cpu().eval(), run.step, run.elapsed, run.parts, interrupted)


def _loop(run: _Run, report: Report, cancelled: Callable[[], bool]) -> None:
    """Step after step until the budget is used or someone cancels."""
    settings, weights = run.settings, losses.Weights()
    fabric = Fabric(accelerator="auto", devices=1, precision=settings.precision)
    model, optimizer = fabric.setup(run.model, run.optimizer)
    run.average.to(fabric.device)
    run.optimizer.load_state_dict(run.optimizer.state_dict())  # follows the weights to the device
    batches = Batches(run.sounds, run.config, settings.batch, settings.seed)
    start, saved = time.monotonic() - run.elapsed, time.monotonic()
    while (fraction := run.fraction()) < 1.0 and not cancelled():
        for group in optimizer.param_groups:
            group["lr"] = settings.learning_rate(run.step, fraction)
        now = replace(weights, divergence=weights.divergence * settings.latent_cost(fraction))
        batch = to_device(batches.draw(run.step), fabric)
        total, parts = compute_loss(model, run.model, batch, now)
        optimizer.zero_grad()
        fabric.backward(total)
        fabric.clip_gradients(model, optimizer, max_norm=settings.clip)
        optimizer.step()
        update_average(run.average, run.model, run.step, settings.average)
        run.step, run.elapsed = run.step + 1, time.monotonic() - start
        run.parts = _smooth(run.parts, parts)
        report(run.fraction(), run.step, run.parts)
        if time.monotonic() - saved > settings.save_seconds:
            run.save()
            saved = time.monotonic()


def _smooth(old: dict[str, float], new: dict[str, Tensor]) -> dict[str, float]:
    """Running mean over about fifty steps, so that the shown losses can be read."""
    values = {name: float(value.detach()) for name, value in new.items()}
    return {name: old.get(name, value) * 0.98 + value * 0.02 for name, value in values.items()}
