"""The trainer of SampleRNN: truncated back-propagation along chunks, the state carried.

What a run needs beside its steps is in models/training.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from starling.models.samplernn import prediction
from starling.models.samplernn.batches import Batches, expected_of
from starling.models.samplernn.network import (
    Config,
    LevelNetwork,
    SampleRNN,
    costs_in_bits,
    loss_in_bits,
)
from starling.models.samplernn.quantiser import LEVELS
from starling.models.training import schedule
from starling.models.training.carried import Carried
from starling.models.training.device import Device, Precision
from starling.models.training.fit import fit
from starling.models.training.learning import Measure
from starling.models.training.result import Result
from starling.models.training.run import Extra, Run, begin
from starling.models.training.session import QUIET, Session
from starling.models.training.validation import Validation

WARMUP = 100  # steps
SPAN = 16  # windows of a lookback that a measure takes at a time


@dataclass(frozen=True, slots=True)
class Settings:
    """One run. Either `minutes` or `steps` ends it, whichever comes first; 0 means no limit."""

    minutes: float = 0.0
    steps: int = 0
    seed: int = 0
    threads: int = 0  # 0 leaves torch's choice
    rate: float = 2e-3
    final_rate: float = 0.02  # of the highest, at the end of the cosine; 1: constant
    clip_norm: float = 1.0
    clip_value: float = 0.0
    jitter: float = 0.0  # levels: how far off, at most, a sequence is that the network is given
    average: float = 0.999  # EMA: the last thousand steps
    validate_every: int = 500  # steps
    patience: int = 0  # validations without a better one before the run ends; 0: never
    save_seconds: float = 60.0
    precision: Precision = "32-true"
    devices: int = 1

    def learning_rate(self, step: int, fraction: float) -> float:
        """Linear warm-up, then a cosine over the budget."""
        level = schedule.cosine(fraction, self.final_rate)
        return schedule.warmed(self.rate, step, WARMUP, level)


@torch.no_grad()
def bits(
    network: LevelNetwork, levels: Tensor, conditions: Tensor, expected: Tensor | None = None
) -> float:
    """Mean NLL, bits a sample, of levels (n, lookback + T) from a fresh state on.

    `expected` (n, T, 3) is what was predicted, where the network is given that; then only what
    follows a full window counts, as takes begin after one.
    """
    lookback = network.config.lookback
    device = next(network.parameters()).device
    levels, mix = levels.to(device), one_hot(network, conditions.to(device))
    state = network.initial(len(levels))
    costs, count = [], levels.shape[1] - lookback
    for at in range(0, count, SPAN * lookback):
        part = levels[:, at : at + lookback + min(SPAN * lookback, count - at)]
        told = None if expected is None else expected[:, at : at + part.shape[1] - lookback]
        logits, state = network(part, state, mix, None if told is None else told.to(device))
        costs.append(costs_in_bits(logits, part[:, lookback:]))
    first = prediction.counted_from(network.config.prediction, count)
    return float(torch.cat(costs, 1)[:, first:].mean())


def shaken(levels: Tensor, jitter: float) -> Tensor:
    """Levels (B, n) with noise whose deviation is drawn for each sequence, 0 to `jitter` levels.

    What it plays later is never as clean as what it learns from: so it learns to come back
    (Valin and Skoglund, "LPCNet", arXiv 1810.11846, section 3.4).
    """
    if not jitter:
        return levels
    deviations = torch.rand(len(levels), 1, device=levels.device) * jitter
    noise = torch.randn(levels.shape, device=levels.device) * deviations
    return (levels + noise.round().long()).clamp(0, LEVELS - 1)


def one_hot(network: LevelNetwork, conditions: Tensor) -> Tensor | None:
    """Weights (B, C) of conditions (B,); None where the network has none."""
    labels = network.config.labels
    if not labels:
        return None
    return torch.nn.functional.one_hot(conditions, len(labels)).float()


def begun(
    network: LevelNetwork, carried: Sequence[Tensor] | None, fresh: NDArray[np.bool_]
) -> list[Tensor]:
    """The states (S, L, B, D) a step begins with: the learned ones where a chunk is fresh (B,)."""
    learned = network.initial(len(fresh))
    if carried is None:
        return learned
    begins = torch.from_numpy(fresh).to(learned[0].device)[:, None]  # (B, 1)
    pairs = zip(learned, carried, strict=True)
    return [torch.where(begins, new, old) for new, old in pairs]


def unigram_bits(batches: Batches, levels: Tensor) -> float:
    """NLL of the frequencies of levels alone: what any model must beat."""
    targets = levels[:, batches.config.lookback :].numpy()
    return float(-np.log2(batches.unigram()[targets]).mean())


def saved_by_prediction(
    batches: Batches, order: int, make: Callable[[Config], LevelNetwork]
) -> float:
    """Bits a sample that linear prediction of this order, alone, saves on what is held out.

    Beside the frequencies of levels. `make` gives networks that begin as the prediction.
    """
    config = replace(batches.config, prediction=order)
    rows, labels, _ = batches.held_out()
    levels = torch.from_numpy(rows)
    alone = bits(make(config).eval(), levels, torch.from_numpy(labels), _expected(rows, config))
    return unigram_bits(batches, levels) - alone


def _expected(rows: NDArray[np.int64], config: Config) -> Tensor:
    """What is predicted (n, T, 3) of levels (n, lookback + T)."""
    found = [expected_of(row[config.lookback :].astype(np.uint8), config) for row in rows]
    return torch.from_numpy(np.stack(found)).long()


def train(
    batches: Batches,
    settings: Settings,
    out: Path,
    session: Session = QUIET,
    preview: Callable[[LevelNetwork, int], None] = lambda network, step: None,
    make: Callable[[Config], LevelNetwork] = SampleRNN,
) -> Result[LevelNetwork]:
    """Train until the budget is used; checkpoints in `out`. Raises as `begin` and `fit` do.

    `preview` is given the averaged network and the step after each checkpoint on the way.
    """
    run = _open(batches, settings, out, session, make)
    carried = Carried(run.network, run.fabric.is_global_zero)
    run.extra = Extra(carried.tensors, carried.restore)
    rows, labels, unseen = batches.held_out()
    levels, conditions = torch.from_numpy(rows), torch.from_numpy(labels)
    lookback = batches.config.lookback
    unseen_expected = _expected(rows, batches.config)

    def step(done: float) -> dict[str, Tensor]:
        run.set_rate(settings.learning_rate(run.step, done))
        window = batches.draw(run.step, run.fabric.global_rank, run.fabric.world_size)
        part = run.fabric.to_device(torch.from_numpy(window.levels))  # (B, lookback + T)
        mix = one_hot(run.network, run.fabric.to_device(torch.from_numpy(window.conditions)))
        given = shaken(part, settings.jitter)
        before = begun(run.network, carried.state, window.fresh)
        told = run.fabric.to_device(torch.from_numpy(window.expected))
        logits, state = run.model(given, before, mix, told)
        loss = loss_in_bits(logits, part[:, lookback:])
        carried.keep(state)
        run.descend(loss, settings.clip_norm, settings.clip_value)
        return {"bits": loss}

    measure = Measure(
        lambda: bits(run.kept, levels, conditions, unseen_expected),
        "held-out loss in bits" if unseen else "loss in bits on its training chunks",
        unigram_bits(batches, levels),
    )
    validation = Validation(
        lambda: {"validation_bits": measure.loss()},
        settings.validate_every,
        best="validation_bits",
        keep=settings.patience > 0,  # else the last: those before it are not annealed
        patience=settings.patience,
    )
    learning = fit(run, step, measure, validation, saved=lambda: preview(run.kept, run.step))
    return Result.of(run, run.kept.cpu().eval(), learning)


def _open(
    batches: Batches,
    settings: Settings,
    out: Path,
    session: Session,
    make: Callable[[Config], LevelNetwork],
) -> Run[LevelNetwork]:
    """Fresh networks and their optimiser, seeded."""
    fabric = begin(out, settings, session, Device(settings.precision, devices=settings.devices))
    network, average = make(batches.config), make(batches.config)
    average.load_state_dict(network.state_dict())
    optimizer = torch.optim.Adam(network.parameters(), settings.rate)
    about: dict[str, Any] = asdict(batches.config)
    about |= {"batch": batches.batch, "window": batches.window}
    return Run(
        out,
        settings,
        session,
        fabric,
        batches.album.manifest,
        about,
        network,
        optimizer,
        average,
        settings.average,
    )
