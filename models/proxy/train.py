"""The training loop of the preset encoders, ours and the published: one plain loop on Fabric.

Runs from one CPU thread to several GPUs. The best network by validation MRR is kept; Ctrl-C saves
and leaves; a resumed run goes on with the losses of an unbroken one.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from lightning_fabric import Fabric
from torch import Tensor

from starling.models.proxy import encoder as proxy
from starling.models.proxy.data import ProxyData
from starling.models.proxy.network import Config, Starling, contrast
from starling.models.proxy.run import Run, open_run
from starling.models.proxy.settings import Settings
from starling.models.training import loop


@dataclass(frozen=True, slots=True)
class Result:
    """What a run leaves: the best network, where the run stands, its figures."""

    proxy: proxy.Proxy
    step: int
    elapsed: float
    figures: dict[str, float]  # smoothed losses, and the validation of the network that is kept
    interrupted: bool


def train(
    encoder: str,
    data: ProxyData,
    valid: ProxyData,
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
    missing, data do not fit, `out` holds another run or a resumed run does not match, MissingError
    and ParseError for a bad checkpoint, StarlingError where the
    training diverges.
    """
    if not resume and "LOCAL_RANK" not in os.environ:
        loop.require_free(out)
    if settings.threads:
        torch.set_num_threads(settings.threads)
    run = open_run(encoder, data, valid, config, settings, out)
    if resume:
        run.restore()
    interrupted = False
    fabric = Fabric(
        accelerator=settings.accelerator, devices=settings.devices, precision=settings.precision
    )
    fabric.launch()
    try:
        _loop(run, fabric, report, cancelled)
    except KeyboardInterrupt:
        interrupted = True
    if fabric.is_global_zero:
        if run.step:
            run.validate()
        run.save()
    fabric.barrier()
    if not fabric.is_global_zero:
        sys.exit(0)  # a process that Fabric started for another device: the first one goes on
    return Result(run.kept(), run.step, run.elapsed, run.figures | run.best, interrupted)


def _loop(run: Run, fabric: Any, report: loop.Report, cancelled: Callable[[], bool]) -> None:
    """Step after step until the budget is used or someone cancels."""
    settings, leads = run.settings, fabric.is_global_zero
    network, optimizer = fabric.setup(run.network, run.optimizer)
    run.average.to(fabric.device)
    run.scaling, run.notes = run.scaling.to(fabric.device), run.notes.to(fabric.device)
    run.optimizer.load_state_dict(run.optimizer.state_dict())  # follows the weights to the device
    batches = _Batches(run, fabric.global_rank, fabric.world_size)
    start, saved = time.monotonic() - run.elapsed, time.monotonic()
    with loop.board(run.out, leads) as write:
        while (fraction := _agreed(run, fabric)) < 1.0 and not cancelled():
            for group in run.optimizer.param_groups:
                group["lr"] = settings.learning_rate(fraction)
            parts = _step(run, fabric, network, optimizer, batches)
            run.step, run.elapsed = run.step + 1, time.monotonic() - start
            run.figures |= loop.smooth(run.figures, parts)
            if leads and run.step % settings.valid_steps == 0:
                run.validate()
                write(run.step, {**run.figures, "rate": settings.learning_rate(fraction)})
            report(run.fraction(), run.step, run.figures)
            if leads and time.monotonic() - saved > settings.save_seconds:
                run.save()
                saved = time.monotonic()


def _agreed(run: Run, fabric: Any) -> float:
    """The used share of the budget; the first process's where several work, so that all stop."""
    fraction = run.fraction()
    return fraction if fabric.world_size == 1 else float(fabric.broadcast(fraction))


def _step(
    run: Run, fabric: Any, network: Any, optimizer: Any, batches: _Batches
) -> dict[str, float]:
    """One step of the optimiser; the parts of its loss."""
    settings = run.settings
    network.train()
    torch.manual_seed((settings.seed << 24) + run.step)  # dropout alike after a resume
    unit, notes, wanted = (fabric.to_device(part) for part in batches.draw(run.step))
    given = network(unit, notes)
    parts = {"l1": (given - wanted).abs().mean()}
    loss = parts["l1"]
    if settings.contrast and isinstance(run.network, Starling):
        parts["contrast"] = contrast(given, wanted, run.network.scale)
        loss = loss + settings.contrast * parts["contrast"]
    optimizer.zero_grad()
    fabric.backward(loss)
    if settings.clip:
        fabric.clip_gradients(network, optimizer, max_norm=settings.clip)
    optimizer.step()
    loop.update_average(run.average, run.network, run.step, settings.average)
    return {name: float(value.detach()) for name, value in parts.items()}


class _Batches:
    """Batch number `step` is a function of seed and step alone: shuffled epochs, shared by rank."""

    def __init__(self, run: Run, rank: int, ranks: int) -> None:
        self.run, self.rank, self.seed = run, rank, run.settings.seed
        self.size = min(run.settings.batch, max(1, len(run.unit) // ranks))
        self.each = max(1, len(run.unit) // (self.size * ranks))  # steps of an epoch
        self.ranks, self.epoch = ranks, -1
        self.order = np.zeros(0, np.int64)

    def draw(self, step: int) -> tuple[Tensor, Tensor, Tensor]:
        """Parameters (B, P), notes (B, 3) and targets (B, m)."""
        epoch, place = divmod(step, self.each)
        if epoch != self.epoch:
            shuffled = np.random.default_rng([self.seed, epoch])
            self.order, self.epoch = shuffled.permutation(len(self.run.unit)), epoch
        begin = (place * self.ranks + self.rank) * self.size
        rows = torch.from_numpy(self.order[begin : begin + self.size])
        drawn = np.random.default_rng([self.seed, step, self.rank])
        note = torch.from_numpy(drawn.integers(self.run.wanted.shape[1], size=len(rows)))
        return self.run.unit[rows], self.run.notes.cpu()[note], self.run.wanted[rows, note]
