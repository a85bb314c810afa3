"""The trainer of the compared models, one for all kinds. What a run needs is in models/training."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from starling.models.composer.baselines import evaluate, latents, ngrams
from starling.models.composer.baselines.kinds import KINDS, pieces_of
from starling.models.composer.baselines.measure_vae import MeasureVae
from starling.models.composer.data import Material
from starling.models.training.carried import Carried
from starling.models.training.device import Device, Precision
from starling.models.training.fit import fit
from starling.models.training.learning import Measure
from starling.models.training.result import Result
from starling.models.training.run import Extra, Run, begin
from starling.models.training.session import QUIET, Session

MEASURED = 16  # songs at most, by which it is seen whether a run learned


@dataclass(frozen=True, slots=True)
class Settings:
    """One run. Either `minutes` or `steps` ends it, whichever comes first; 0 means no limit."""

    minutes: float = 0.0
    steps: int = 0
    seed: int = 0
    threads: int = 0  # 0 leaves torch's choice
    rate: float = 0.0  # 0: the kind's own
    precision: Precision = "32-true"
    save_seconds: float = 120.0


def train(
    kind: str,
    material: Material,
    config: Any,
    settings: Settings,
    out: Path,
    session: Session = QUIET,
) -> Result[Any]:
    """Train a compared model until the budget is used; checkpoints in `out`.

    The figures are running means of the losses. A VAE also gets the spread of its training latents.
    Raises InputError where the songs are too short, and as `begin` and `fit` do.
    """
    known = KINDS[kind]
    fabric = begin(out, settings, session, Device(settings.precision))
    batches, network = (
        known.batches(material.training, config, settings.seed),
        known.network(config),
    )
    rate = settings.rate or known.rate
    about = {"kind": kind, **asdict(config)}
    optimizer = torch.optim.Adam(network.parameters(), rate)
    run = Run(out, settings, session, fabric, material.manifest, about, network, optimizer)
    carried = Carried(network, fabric.is_global_zero)
    run.extra = Extra(carried.tensors, carried.restore)

    def step(done: float) -> dict[str, Tensor]:
        run.model.train()
        run.set_rate(rate * known.level(run.step, done, batches.epoch))
        window = batches.draw(run.step)
        if window.fresh:
            carried.state = None
        tokens = fabric.to_device(torch.from_numpy(window.tokens)).long()
        loss, state = run.model(tokens, carried.state)
        carried.keep(state)
        run.descend(loss, known.clip)
        network.constrain()
        return {"loss": loss}

    learning = fit(run, step, measure(network, material))
    network.cpu().eval()
    if isinstance(network, MeasureVae):
        latents.fill(network, pieces_of(material.training, config))
    return Result.of(run, network, learning)


def measure(network: Any, material: Material) -> Measure:
    """The measure of a kind: nats per frame beside the frequencies of notes, or the VAE's loss."""
    held_out = evaluate.part(material.validation, MEASURED)
    if isinstance(network, MeasureVae):
        pieces = pieces_of(held_out, network.config)
        if len(pieces):
            return Measure(lambda: evaluate.vae_loss(network, pieces))
        pieces = pieces_of(evaluate.part(material.training, MEASURED), network.config)
        return Measure(lambda: evaluate.vae_loss(network, pieces), "loss on its training songs")
    voices = getattr(network.config, "voices", 4)
    nats = ngrams.unigram(material.training, held_out)[:, :voices]
    return Measure(
        lambda: evaluate.measure(network, held_out).per_frame,
        "held-out loss in nats per frame",
        ngrams.nats_per_frame(nats),
    )
