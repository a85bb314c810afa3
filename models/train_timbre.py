"""The training loop of the timbre network: one plain loop on Lightning Fabric.

Runs on whatever Fabric finds, from one CPU thread to a GPU. Ctrl-C saves and leaves.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from lightning_fabric import Fabric
from numpy.typing import NDArray

from starling.models import checkpoint
from starling.models.errors import InputError
from starling.models.timbre import Config, Timbre, nt_xent
from starling.models.timbre_data import Material

CHECKPOINT = "checkpoint.safetensors"
LOG = "log.jsonl"
NEAR = 24  # neighbours of a preset from which hard negatives are drawn
CHUNK = 512  # sounds embedded at a time outside training


@dataclass(frozen=True, slots=True)
class Settings:
    """One run. Either `minutes` or `steps` ends it, whichever comes first; 0 means no limit."""

    minutes: float = 0.0
    steps: int = 0
    seed: int = 0
    threads: int = 0  # 0 leaves torch's choice
    batch: int = 256  # pairs: as many negatives for each
    rate: float = 2e-3
    warmup: int = 100  # steps
    final_rate: float = 0.01  # of the highest, at the end of the cosine
    temperature: float = 0.07  # angles that matter: smaller looks at the nearest negatives only
    hard_from: float = 0.25  # share of the budget after which every other batch is of neighbours
    near_every: int = 400  # steps between two searches for neighbours
    average: float = 0.998  # EMA: the last five hundred steps
    decay: float = 1e-4
    clip: float = 1.0
    save_seconds: float = 60.0
    precision: Literal["32-true", "bf16-mixed"] = "32-true"  # bf16: twice as fast where it exists

    def fraction(self, step: int, elapsed: float) -> float:
        """How much of the budget is used, 0..1."""
        by_step = step / self.steps if self.steps else 0.0
        by_time = elapsed / (60 * self.minutes) if self.minutes else 0.0
        return min(1.0, max(by_step, by_time))

    def learning_rate(self, step: int, fraction: float) -> float:
        """Linear warm-up, then a cosine over the budget."""
        cosine = 0.5 + 0.5 * math.cos(math.pi * fraction)
        level = self.final_rate + (1 - self.final_rate) * cosine
        return self.rate * min(1.0, (step + 1) / self.warmup) * level


@dataclass(frozen=True, slots=True)
class Result:
    """What a run leaves: the averaged network, where it stands, and its last figures."""

    model: Timbre
    step: int
    elapsed: float
    figures: dict[str, float]
    interrupted: bool


Report = Callable[[float, int, dict[str, float]], None]


@torch.no_grad()
def embedded(model: Timbre, mels: NDArray[np.float32]) -> torch.Tensor:
    """Unit vectors (n, size) of log-mels (n, bands, steps), on the CPU, in evaluation mode."""
    training, device = model.training, next(model.parameters()).device
    model.eval()
    parts = [
        model(torch.from_numpy(mels[at : at + CHUNK]).to(device)).cpu()
        for at in range(0, len(mels), CHUNK)
    ]
    model.train(training)
    return torch.cat(parts)


def mean_reciprocal_rank(queries: torch.Tensor, gallery: torch.Tensor) -> float:
    """MRR of finding row i of the gallery by row i of the queries, by cosine."""
    scores = queries @ gallery.T
    own = scores.diagonal().unsqueeze(1)
    ranks = (scores > own).sum(dim=1) + 1
    return float((1.0 / ranks).mean())


def validate(model: Timbre, material: Material) -> float:
    """MRR of the presets held out, at another note each, among their first notes."""
    if not len(material.held_out):
        return 0.0
    index = material.held_out
    notes = material.other_notes(index, np.random.default_rng(0))
    gallery = embedded(model, material.first_notes(index))
    return mean_reciprocal_rank(embedded(model, material.mels(index, notes)), gallery)


def neighbours(model: Timbre, material: Material) -> NDArray[np.int64]:
    """For each preset trained on, the NEAR others (n, NEAR) that the network now puts nearest."""
    index = material.training
    vectors = torch.cat(
        [
            embedded(model, material.first_notes(index[at : at + CHUNK]))
            for at in range(0, len(index), CHUNK)
        ]
    )
    count = min(NEAR, len(vectors) - 1)
    found = []
    for at in range(0, len(vectors), CHUNK):
        scores = vectors[at : at + CHUNK] @ vectors.T
        scores[torch.arange(len(scores)), torch.arange(at, at + len(scores))] = -2.0  # itself
        found.append(scores.topk(count, dim=1).indices)
    return np.asarray(torch.cat(found).numpy(), np.int64)


@torch.no_grad()
def update_average(average: Timbre, model: Timbre, step: int, decay: float) -> None:
    """Exponential moving average of weights and batch statistics, faster while young."""
    keep = min(decay, (1 + step) / (10 + step))
    for old, new in zip(average.state_dict().values(), model.state_dict().values(), strict=True):
        if old.is_floating_point():
            old.lerp_(new.detach(), 1 - keep)
        else:
            old.copy_(new)


@dataclass(slots=True)
class _Run:
    """What a run holds: its inputs, its networks, and how far it is."""

    material: Material
    settings: Settings
    out: Path
    model: Timbre
    average: Timbre
    optimizer: torch.optim.Optimizer
    step: int = 0
    elapsed: float = 0.0
    figures: dict[str, float] = field(default_factory=dict)
    near: NDArray[np.int64] | None = None

    def save(self) -> None:
        """Write the checkpoint and append one line to the log."""
        self.figures["validation_mrr"] = round(validate(self.average, self.material), 4)
        progress = checkpoint.Progress(
            self.step,
            self.elapsed,
            self.settings.seed,
            self.material.manifest,
            asdict(self.model.config),
        )
        checkpoint.save(
            self.out / CHECKPOINT,
            progress,
            self.model.state_dict(),
            self.average.state_dict(),
            self.optimizer.state_dict(),
        )
        line = {"step": self.step, "elapsed": round(self.elapsed, 1), **self.figures}
        with (self.out / LOG).open("a", encoding="utf-8") as log:
            log.write(json.dumps(line) + "\n")

    def restore(self) -> None:
        """Fill everything from the checkpoint; InputError where it belongs to another run."""
        progress, groups, slots = checkpoint.load(self.out / CHECKPOINT)
        if progress.manifest != self.material.manifest:
            raise InputError("the checkpoint was trained on other data", code="bad_resume")
        if json.dumps(progress.config) != json.dumps(asdict(self.model.config)):
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

    def hard(self) -> NDArray[np.int64] | None:
        """Neighbours to draw this step's batch from, searched again from time to time."""
        settings = self.settings
        if self.fraction() < settings.hard_from or self.step % 2:
            return None
        if self.near is None or self.step % settings.near_every < 2:
            self.near = neighbours(self.average, self.material)
        return self.near


def train(
    material: Material,
    config: Config,
    settings: Settings,
    out: Path,
    *,
    resume: bool = False,
    report: Report = lambda fraction, step, figures: None,
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
    if settings.threads:
        torch.set_num_threads(settings.threads)
    run = _open_run(material, config, settings, out)
    if resume:
        run.restore()
    interrupted = False
    try:
        _loop(run, report, cancelled)
    except KeyboardInterrupt:
        interrupted = True
    run.save()
    return Result(run.average.cpu().eval(), run.step, run.elapsed, run.figures, interrupted)


def _open_run(material: Material, config: Config, settings: Settings, out: Path) -> _Run:
    """Fresh networks and optimiser, seeded. Raises InputError where the budget is missing."""
    if settings.minutes <= 0 and settings.steps <= 0:
        raise InputError("a budget is needed: minutes or steps above 0", code="bad_budget")
    out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(settings.seed)
    model, average = Timbre(config), Timbre(config)
    average.load_state_dict(model.state_dict())
    optimizer = torch.optim.AdamW(model.parameters(), settings.rate, weight_decay=settings.decay)
    return _Run(material, settings, out, model, average, optimizer)


def _loop(run: _Run, report: Report, cancelled: Callable[[], bool]) -> None:
    """Step after step until the budget is used or someone cancels."""
    settings = run.settings
    fabric = Fabric(accelerator="auto", devices=1, precision=settings.precision)
    # convolutions are a third faster
    run.model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    model, optimizer = fabric.setup(run.model, run.optimizer)
    run.average.to(fabric.device)
    run.optimizer.load_state_dict(run.optimizer.state_dict())  # follows the weights to the device
    start, saved = time.monotonic() - run.elapsed, time.monotonic()
    while (fraction := run.fraction()) < 1.0 and not cancelled():
        for group in optimizer.param_groups:
            group["lr"] = settings.learning_rate(run.step, fraction)
        random = np.random.Generator(np.random.Philox(key=[settings.seed, run.step]))
        pairs = run.material.draw(settings.batch, random, run.hard())
        both = fabric.to_device(torch.from_numpy(np.concatenate([pairs.one, pairs.two])))
        same = fabric.to_device(torch.from_numpy(pairs.same))
        one, two = model(both).chunk(2)
        loss = nt_xent(one, two, same, settings.temperature)
        optimizer.zero_grad()
        fabric.backward(loss)
        fabric.clip_gradients(model, optimizer, max_norm=settings.clip)
        optimizer.step()
        update_average(run.average, run.model, run.step, settings.average)
        run.step, run.elapsed = run.step + 1, time.monotonic() - start
        value = float(loss.detach())
        run.figures["loss"] = round(run.figures.get("loss", value) * 0.98 + value * 0.02, 4)
        report(run.fraction(), run.step, run.figures)
        if time.monotonic() - saved > settings.save_seconds:
            run.save()
            saved = time.monotonic()
