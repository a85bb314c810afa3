"""The trainer of the network of families: from the timbre network's weights, by names.

What a run needs beside its steps is in models/training.
"""

from __future__ import annotations

import copy
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from starling.models.timbre.changes import changed, chords
from starling.models.timbre.families.batches import Material
from starling.models.timbre.families.network import Config, Families, family_loss
from starling.models.timbre.network import Timbre
from starling.models.training import schedule
from starling.models.training.device import Device, Precision
from starling.models.training.fit import fit
from starling.models.training.learning import Measure
from starling.models.training.result import Result
from starling.models.training.run import Run, begin
from starling.models.training.session import QUIET, Session
from starling.models.training.validation import Validation

CHUNK = 512  # notes embedded at a time outside training
SETTLED = 2048  # notes whose pooled numbers are standardised
MEASURED = 2048  # notes of the measure, at most
FEWEST = 64  # held out, to say anything by them


@dataclass(frozen=True, slots=True)
class Settings:
    """One run. Either `minutes` or `steps` ends it, whichever comes first; 0 means no limit."""

    minutes: float = 0.0
    steps: int = 0
    seed: int = 0
    threads: int = 0
    batch: int = 192  # notes, each changed and as it is
    rate: float = 1e-3  # of the blocks; the head's is HEAD_RATE times as high
    warmup: int = 50  # steps
    final_rate: float = 0.02
    temperature: float = 0.1
    constancy: float = 0.5  # how much it counts that a changed sound stays where it was
    average: float = 0.99  # EMA of the weights
    decay: float = 0.1
    save_seconds: float = 60.0
    precision: Precision = "32-true"

    def learning_rate(self, step: int, fraction: float) -> float:
        """Linear warm-up, then a cosine over the budget."""
        level = schedule.cosine(fraction, self.final_rate)
        return schedule.warmed(self.rate, step, self.warmup, level)


HEAD_RATE = 4.0


def train(
    material: Material,
    timbre: Timbre,
    config: Config,
    settings: Settings,
    out: Path,
    session: Session = QUIET,
) -> Result[Families]:
    """Train until the budget is used; checkpoints in `out`. Raises as `begin` and `fit` do."""
    run = _open(material, timbre, config, settings, out, session)
    head = {id(p) for p in (*run.network.hidden.parameters(), *run.network.head.parameters())}

    def step(done: float) -> dict[str, Tensor]:
        rate = settings.learning_rate(run.step, done)
        for group in run.optimizer.param_groups:
            group["lr"] = rate * (HEAD_RATE if id(group["params"][0]) in head else 1.0)
        random = np.random.Generator(np.random.Philox(key=[settings.seed, run.step]))
        batch = material.draw(settings.batch, random)
        seed = torch.Generator().manual_seed(int(random.integers(2**31)))
        played = chords(batch.log_mel, batch.others, seed)
        both = torch.cat([changed(played, seed), batch.log_mel])  # (2 B, bands, steps)
        vectors, clean = run.model(run.fabric.to_device(both)).float().chunk(2)  # (B, size) each
        family, domain, sound = map(run.fabric.to_device, (batch.family, batch.domain, batch.sound))
        named = family_loss(
            vectors, family, domain, sound, settings.temperature, material.galleries
        )
        apart = 1 - (vectors * clean).sum(dim=1).mean()  # a changed sound stays itself
        run.descend(named + settings.constancy * apart)
        return {"loss": named, "apart": apart}

    learning = fit(
        run,
        step,
        Measure(lambda: held_out_loss(run.kept, material, settings.temperature)),
        Validation(
            lambda: {"validation_precision": round(precision(run.kept, material), 4)},
        ),
    )
    return Result.of(run, run.kept.cpu().eval(), learning)


@torch.no_grad()
def embedded(network: Families, log_mel: Tensor) -> Tensor:
    """Unit vectors (n, size) of log-mels (n, bands, steps), on the CPU, in evaluation mode."""
    training, device = network.training, next(network.parameters()).device
    network.eval()
    parts = [network(part.to(device)).cpu() for part in torch.split(log_mel, CHUNK)]
    network.train(training)
    return torch.cat(parts)


def held_out_loss(network: Families, material: Material, temperature: float) -> float:
    """The loss on notes held out, or on those of training where they are few; always the same."""
    chosen = material.held_out if len(material.held_out) >= FEWEST else material.training
    batch = material.batch(chosen[:: max(1, len(chosen) // MEASURED)])
    vectors = embedded(network, batch.log_mel)
    numbers = batch.family, batch.domain, batch.sound
    return float(family_loss(vectors, *numbers, temperature, material.galleries))


def precision(network: Families, material: Material, k: int = 10) -> float:
    """How many of the k nearest presets held out are of a note's family, by other sounds."""
    if len(material.held_out) < FEWEST:
        return 0.0
    batch = material.batch(material.held_out)
    vectors = embedded(network, batch.log_mel)
    scores = vectors @ vectors.T
    scores[batch.sound[:, None] == batch.sound[None]] = -2.0
    nearest = scores.topk(min(k, len(vectors) - 1), dim=1).indices
    return float((batch.family[nearest] == batch.family[:, None]).float().mean())


def _open(
    material: Material,
    timbre: Timbre,
    config: Config,
    settings: Settings,
    out: Path,
    session: Session,
) -> Run[Families]:
    """The network from the timbre network's weights, and its optimiser."""
    fabric = begin(out, settings, session, Device(settings.precision))
    network = Families(copy.deepcopy(timbre), config)  # which stays as it is
    average = Families(Timbre(timbre.config), config)
    chosen = material.training[:: max(1, len(material.training) // SETTLED)]
    network.settle(material.batch(chosen).log_mel)
    average.load_state_dict(network.state_dict())
    groups = [
        {"params": list(network.blocks.parameters())},
        {"params": [*network.hidden.parameters(), *network.head.parameters()]},
    ]
    optimizer = torch.optim.AdamW(groups, settings.rate, weight_decay=settings.decay)
    return Run(
        out,
        settings,
        session,
        fabric,
        material.manifest,
        asdict(config),
        network,
        optimizer,
        average,
        settings.average,
    )
