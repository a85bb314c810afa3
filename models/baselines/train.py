"""The training loop of the published models: one plain loop on Lightning Fabric, as published.

Each part of a network follows its own loss at its own constant rate; all take one step of Adam
together. No average of the weights, no schedule, no clipping. Ctrl-C saves and leaves; a resumed
run goes on with the losses of an unbroken one.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from lightning_fabric import Fabric
from numpy.typing import NDArray
from torch import Tensor, nn

from starling.models.baselines.data import Windows
from starling.models.baselines.kinds import BASELINES
from starling.models.training import checkpoint, loop
from starling.models.training.loop import Report

EPSILON = 1e-7  # of Adam in Keras


@dataclass(frozen=True, slots=True)
class Settings:
    """One run. Either `minutes` or `steps` ends it, whichever comes first; 0 means no limit."""

    minutes: float = 0.0
    steps: int = 0
    seed: int = 0
    threads: int = 0  # 0 leaves torch's choice
    precision: Literal["32-true", "bf16-mixed"] = "32-true"  # as published; the other halves a step
    save_seconds: float = 120.0  # a checkpoint is 0.5 to 1 GB
    curve_steps: int = 5  # between points of the curves: a step takes seconds on a CPU


@dataclass(frozen=True, slots=True)
class Result:
    """What a run leaves: the network, where it stands, and the losses of its last step."""

    network: Any
    step: int
    elapsed: float
    losses: dict[str, float]
    interrupted: bool


@dataclass(slots=True)
class _Run:
    """What a run holds: its inputs, its network, and how far it is."""

    kind: str
    sounds: Windows
    settings: Settings
    out: Path
    network: Any
    optimizer: torch.optim.Optimizer
    step: int = 0
    elapsed: float = 0.0
    losses: dict[str, float] = field(default_factory=dict)

    def fraction(self) -> float:
        """How much of the budget is used, 0..1."""
        return loop.used(self.step, self.elapsed, self.settings.steps, self.settings.minutes)

    def progress(self) -> checkpoint.Progress:
        """Where the run is, and what a resumed one must agree with."""
        config = {"kind": self.kind, **asdict(self.network.config)}
        seed = self.settings.seed
        return checkpoint.Progress(self.step, self.elapsed, seed, self.sounds.manifest, config)

    def save(self) -> None:
        """Write the checkpoint and append one line to the log."""
        checkpoint.save(
            self.out / loop.CHECKPOINT,
            self.progress(),
            self.network.state_dict(),
            {},
            self.optimizer.state_dict(),
        )
        loop.log(self.out, self.step, self.elapsed, self.losses)

    def restore(self) -> None:
        """Fill everything from the checkpoint; InputError where it belongs to another run."""
        saved, groups, slots = checkpoint.load(self.out / loop.CHECKPOINT)
        loop.require_same(saved, self.progress())
        self.network.load_state_dict(groups["weights"])
        loop.fill(self.optimizer, slots)
        self.step, self.elapsed = saved.step, saved.elapsed


def _open_run(kind: str, sounds: Windows, config: Any, settings: Settings, out: Path) -> _Run:
    """A fresh network and its optimiser, seeded."""
    loop.require_budget(settings.minutes, settings.steps)
    out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(settings.seed)
    network = BASELINES[kind].network(config)
    groups = [
        {"params": parameters(network, part), "lr": rate} for part, rate in network.rates().items()
    ]
    optimizer = torch.optim.Adam(groups, eps=EPSILON)
    return _Run(kind, sounds, settings, out, network, optimizer)


def parameters(network: nn.Module, part: str) -> list[nn.Parameter]:
    """The weights of a part of the network; of all of it where the part has no name."""
    return list(network.get_submodule(part).parameters())


def train(
    kind: str,
    sounds: Windows,
    config: Any,
    settings: Settings,
    out: Path,
    *,
    resume: bool = False,
    report: Report = lambda fraction, step, losses: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Result:
    """Train a published model until the budget is used; checkpoint into `out` on the way.

    KeyboardInterrupt ends it early with everything saved. Raises InputError where the budget is
    missing, `out` holds another run or a resumed run does not match, MissingError and ParseError
    for a bad checkpoint, StarlingError where the training diverges.
    """
    if not resume:
        loop.require_free(out)
    if settings.threads:
        torch.set_num_threads(settings.threads)
    run = _open_run(kind, sounds, config, settings, out)
    if resume:
        run.restore()
    interrupted = False
    try:
        _loop(run, report, cancelled)
    except KeyboardInterrupt:
        interrupted = True
    run.save()
    network = run.network.cpu().eval()
    return Result(network, run.step, run.elapsed, run.losses, interrupted)


def _loop(run: _Run, report: Report, cancelled: Callable[[], bool]) -> None:
    """Step after step until the budget is used or someone cancels."""
    settings = run.settings
    fabric = Fabric(accelerator="auto", devices=1, precision=settings.precision)
    network, optimizer = fabric.setup(run.network, run.optimizer)
    run.optimizer.load_state_dict(run.optimizer.state_dict())  # follows the weights to the device
    network.train()
    start, saved = time.monotonic() - run.elapsed, time.monotonic()
    with loop.board(run.out) as write:
        while run.fraction() < 1.0 and not cancelled():
            rows = drawn(len(run.sounds.signals), run.network.config.batch, settings.seed, run.step)
            windows = fabric.to_device(torch.from_numpy(run.sounds.signals[rows]))
            torch.manual_seed((settings.seed << 24) + run.step)  # noise alike after a resume
            run.losses = _step(run, fabric, network, optimizer, windows)
            loop.require_finite(run.losses)
            run.step, run.elapsed = run.step + 1, time.monotonic() - start
            if run.step % settings.curve_steps == 0:
                write(run.step, run.losses)
            report(run.fraction(), run.step, run.losses)
            if time.monotonic() - saved > settings.save_seconds:
                run.save()
                saved = time.monotonic()


def _step(
    run: _Run, fabric: Any, network: Any, optimizer: Any, windows: Tensor
) -> dict[str, float]:
    """One step of all parts, each down the slope of its own loss; the losses before it."""
    losses = network(windows)
    optimizer.zero_grad()
    for part, loss in losses.items():
        fabric.backward(loss, inputs=parameters(run.network, part), retain_graph=True)
    optimizer.step()
    return {part or "loss": float(loss.detach()) for part, loss in losses.items()}


def drawn(count: int, batch: int, seed: int, step: int) -> NDArray[np.int64]:
    """Rows of batch number `step`: shuffled epochs one after the other, without a seam.

    A function of its arguments alone, so that a resumed run sees what an unbroken one would. Sets
    smaller than a batch repeat within it, as the published runs repeated theirs.
    """
    first, last = step * batch, (step + 1) * batch
    epochs = range(first // count, -(-last // count))
    shuffled = [np.random.default_rng([seed, epoch]).permutation(count) for epoch in epochs]
    start = first - epochs.start * count
    return np.concatenate(shuffled)[start : start + batch]
