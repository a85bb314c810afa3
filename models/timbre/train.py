"""The training loop of the timbre network: one plain loop on Lightning Fabric.

Runs on whatever Fabric finds, from one CPU thread to a GPU. Ctrl-C saves and leaves.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from lightning_fabric import Fabric
from numpy.typing import NDArray

from starling.models.timbre.batches import Material
from starling.models.timbre.network import Config, Timbre, nt_xent
from starling.models.training import checkpoint, loop

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
        return loop.used(step, elapsed, self.steps, self.minutes)

    def learning_rate(self, step: int, fraction: float) -> float:
        """Linear warm-up, then a cosine over the budget."""
        level = loop.cosine(fraction, self.final_rate)
        return self.rate * min(1.0, (step + 1) / self.warmup) * level


@dataclass(frozen=True, slots=True)
class Result:
    """What a run leaves: the averaged network, where it stands, and its last figures."""

    model: Timbre
    step: int
    elapsed: float
    figures: dict[str, float]
    interrupted: bool


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

    def progress(self) -> checkpoint.Progress:
        """How far it is, and what a resumed run must agree with."""
        return checkpoint.Progress(
            self.step,
            self.elapsed,
            self.settings.seed,
            self.material.manifest,
            asdict(self.model.config),
        )

    def save(self) -> None:
        """Write the checkpoint and append one line to the log."""
        self.figures["validation_mrr"] = round(validate(self.average, self.material), 4)
        checkpoint.save(
            self.out / loop.CHECKPOINT,
            self.progress(),
            self.model.state_dict(),
            self.average.state_dict(),
            self.optimizer.state_dict(),
        )
        loop.log(self.out, self.step, self.elapsed, self.figures)

    def restore(self) -> None:
        """Fill everything from the checkpoint; InputError where it belongs to another run."""
        saved, groups, slots = checkpoint.load(self.out / loop.CHECKPOINT)
        loop.require_same(saved, self.progress())
        self.model.load_state_dict(groups["weights"])
        self.average.load_state_dict(groups["average"])
        loop.fill(self.optimizer, slots)
        self.step, self.elapsed = saved.step, saved.elapsed

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
    report: loop.Report = lambda fraction, step, figures: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Result:
    """Train until the budget is used, checkpoint into `out` every minute and at the end.

    KeyboardInterrupt ends it early with everything saved. Raises InputError where the budget is
    missing, `out` holds another run or a resumed run does not match, MissingError and ParseError
    for a bad checkpoint, StarlingError where the
    training diverges.
    """
    if not resume:
        loop.require_free(out)
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
    loop.require_budget(settings.minutes, settings.steps)
    out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(settings.seed)
    model, average = Timbre(config), Timbre(config)
    average.load_state_dict(model.state_dict())
    optimizer = torch.optim.AdamW(model.parameters(), settings.rate, weight_decay=settings.decay)
    return _Run(material, settings, out, model, average, optimizer)


def _loop(run: _Run, report: loop.Report, cancelled: Callable[[], bool]) -> None:
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
        loop.update_average(run.average, run.model, run.step, settings.average)
        run.step, run.elapsed = run.step + 1, time.monotonic() - start
        run.figures |= loop.smooth(run.figures, {"loss": loss})
        report(run.fraction(), run.step, run.figures)
        if time.monotonic() - saved > settings.save_seconds:
            run.save()
            saved = time.monotonic()
