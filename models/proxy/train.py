"""The trainer of the preset encoders, ours and the published: sound vectors from parameters.

Runs from one CPU thread to several GPUs; the best network by validation MRR is kept. What a run
needs beside its steps is in models/training.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from starling.models.proxy import encoder as proxy
from starling.models.proxy.data import ProxyData
from starling.models.proxy.network import Config, Starling, contrast
from starling.models.proxy.run import ProxyRun, open_run
from starling.models.proxy.settings import Settings
from starling.models.training.fit import fit
from starling.models.training.learning import Measure
from starling.models.training.result import Result
from starling.models.training.session import QUIET, Session
from starling.models.training.validation import Validation


def train(
    encoder: str,
    data: ProxyData,
    valid: ProxyData,
    config: Config,
    settings: Settings,
    out: Path,
    session: Session = QUIET,
) -> Result[proxy.Proxy]:
    """Train until the budget is used; checkpoints in `out`. The figures are of the best network.

    Raises InputError where the data do not fit each other, and as `begin` and `fit`.
    """
    held = open_run(encoder, data, valid, config, settings, out, session)
    run, batches = held.run, _Batches(held, settings)

    def step(done: float) -> dict[str, Tensor]:
        run.set_rate(settings.learning_rate(done))
        run.model.train()
        unit, notes, wanted = (run.fabric.to_device(part) for part in batches.draw(run.step))
        given = run.model(unit, notes)  # (B, m)
        parts = {"l1": (given - wanted).abs().mean()}
        loss = parts["l1"]
        if settings.contrast and isinstance(run.network, Starling):
            parts["contrast"] = contrast(given, wanted, run.network.scale)
            loss = loss + settings.contrast * parts["contrast"]
        run.descend(loss, settings.clip)
        return parts

    measure = Measure(held.loss, trivial=held.constant_loss())
    best = Validation(held.validate, settings.valid_steps, best="valid_mrr", higher=True, keep=True)
    learning = fit(run, step, measure, best)
    return Result.of(run, held.kept(), learning)


class _Batches:
    """Batch number `step` is a function of seed and step alone: shuffled epochs, shared by rank."""

    def __init__(self, held: ProxyRun, settings: Settings) -> None:
        fabric, count = held.run.fabric, len(held.unit)
        self.held, self.seed = held, settings.seed
        self.rank, self.ranks = fabric.global_rank, fabric.world_size
        self.size = min(settings.batch, max(1, count // self.ranks))
        self.each = max(1, count // (self.size * self.ranks))  # steps of an epoch
        self.epoch = -1
        self.order = np.zeros(0, np.int64)

    def draw(self, step: int) -> tuple[Tensor, Tensor, Tensor]:
        """Parameters (B, P), notes (B, 3) and targets (B, m)."""
        epoch, place = divmod(step, self.each)
        if epoch != self.epoch:
            shuffled = np.random.default_rng([self.seed, epoch])
            self.order, self.epoch = shuffled.permutation(len(self.held.unit)), epoch
        begin = (place * self.ranks + self.rank) * self.size
        rows = torch.from_numpy(self.order[begin : begin + self.size])
        drawn = np.random.default_rng([self.seed, step, self.rank])
        note = torch.from_numpy(drawn.integers(self.held.wanted.shape[1], size=len(rows)))
        return self.held.unit[rows], self.held.notes[note], self.held.wanted[rows, note]
