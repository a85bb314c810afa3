"""The trainer of the published models, as published.

Each part of a network follows its own loss at its own constant rate; all take one step of Adam
together. No average of the weights, no schedule, no clipping. What a run needs beside its steps is
in models/training.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from starling.models.baselines.data import Windows
from starling.models.baselines.kinds import BASELINES
from starling.models.training.device import Device, Precision
from starling.models.training.fit import fit
from starling.models.training.learning import Measure
from starling.models.training.result import Result
from starling.models.training.run import Run, begin
from starling.models.training.session import QUIET, Session

EPSILON = 1e-7  # of Adam in Keras
FEWEST, MEASURED = 4, 64  # sounds of the measure


@dataclass(frozen=True, slots=True)
class Settings:
    """One run. Either `minutes` or `steps` ends it, whichever comes first; 0 means no limit."""

    minutes: float = 0.0
    steps: int = 0
    seed: int = 0
    threads: int = 0  # 0 leaves torch's choice
    precision: Precision = "32-true"  # as published; the other halves a step
    save_seconds: float = 120.0  # a checkpoint is 0.5 to 1 GB
    curve_steps: int = 5  # between points of the curves: a step takes seconds on a CPU


def parameters(network: nn.Module, part: str) -> list[nn.Parameter]:
    """The weights of a part of the network; of all of it where the part has no name."""
    return list(network.get_submodule(part).parameters())


def train(
    kind: str,
    sounds: Windows,
    config: Any,
    settings: Settings,
    out: Path,
    session: Session = QUIET,
) -> Result[Any]:
    """Train a published model until the budget is used; checkpoints in `out`.

    The figures are the losses of the last step. Raises as `begin` and `fit` do.
    """
    fabric = begin(out, settings, session, Device(settings.precision))
    network = BASELINES[kind].network(config)
    groups = [
        {"params": parameters(network, part), "lr": rate} for part, rate in network.rates().items()
    ]
    optimizer = torch.optim.Adam(groups, eps=EPSILON)
    about = {"kind": kind, **asdict(config)}
    run = Run(
        out, settings, session, fabric, sounds.manifest, about, network, optimizer, smoothed=False
    )

    def step(done: float) -> dict[str, Tensor]:
        run.model.train()
        rows = drawn(len(sounds.signals), config.batch, settings.seed, run.step)
        losses: dict[str, Tensor] = run.model(
            fabric.to_device(torch.from_numpy(sounds.signals[rows]))
        )
        run.stepper.zero_grad()
        for part, loss in losses.items():  # each part down the slope of its own loss
            fabric.backward(loss, inputs=parameters(network, part), retain_graph=True)
        run.stepper.step()
        return {part or "loss": loss for part, loss in losses.items()}

    learning = fit(run, step, measure(network, sounds), curve_steps=settings.curve_steps)
    return Result.of(run, network.cpu().eval(), learning)


def measure(network: Any, sounds: Windows) -> Measure:
    """The network's own measure of sounds held out, or where they are few of those of training."""
    few = len(sounds.unseen) < FEWEST
    windows = torch.from_numpy((sounds.signals if few else sounds.unseen)[:MEASURED])

    @torch.no_grad()
    def loss() -> float:
        device = next(network.parameters()).device
        network.eval()
        torch.manual_seed(0)  # the same latents whenever it is measured
        return float(network.measure(windows.to(device)))

    return Measure(loss, "loss on its training sounds" if few else "held-out loss")


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
