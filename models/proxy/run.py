"""What a run that trains a preset encoder holds, keeps on disk and finds again. Not its loop."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from starling.models.errors import InputError
from starling.models.proxy import encoder as proxy
from starling.models.proxy import ranking_metrics
from starling.models.proxy.data import ProxyData
from starling.models.proxy.network import Config, Starling
from starling.models.proxy.settings import Settings
from starling.models.training import checkpoint, loop

BEST = "best.safetensors"
VALID = 1024  # sounds of a validation ranking: a second on one CPU thread


@dataclass(slots=True)
class Run:
    """What a run holds: its inputs, its networks, and how far it is."""

    encoder: str
    data: ProxyData
    valid: ProxyData
    config: Config
    settings: Settings
    out: Path
    network: nn.Module
    average: nn.Module
    scaling: proxy.Scaling
    optimizer: torch.optim.Optimizer
    unit: Tensor
    wanted: Tensor
    notes: Tensor
    step: int = 0
    elapsed: float = 0.0
    figures: dict[str, float] = field(default_factory=dict)
    best: dict[str, float] = field(default_factory=dict)

    def identity(self) -> dict[str, Any]:
        """What a resumed run must agree with."""
        settings = asdict(self.settings)
        for name in ("minutes", "steps", "threads", "save_seconds", "accelerator", "devices"):
            settings.pop(name)  # may change from session to session
        whole = {"encoder": self.encoder, "network": asdict(self.config), "settings": settings}
        return dict(json.loads(json.dumps(whole)))

    def progress(self) -> checkpoint.Progress:
        """How far it is, for a checkpoint's header."""
        held = {"run": self.identity(), "figures": self.figures, "best": self.best}
        manifest = f"{self.data.manifest} {self.valid.manifest} {self.data.embedding}"
        return checkpoint.Progress(self.step, self.elapsed, self.settings.seed, manifest, held)

    def save(self) -> None:
        """Write the checkpoint and append one line to the log."""
        checkpoint.save(
            self.out / loop.CHECKPOINT,
            self.progress(),
            self.network.state_dict(),
            self.average.state_dict(),
            self.optimizer.state_dict(),
        )
        loop.log(self.out, self.step, self.elapsed, self.figures)

    def restore(self) -> None:
        """Fill everything from the checkpoint; InputError where it belongs to another run."""
        saved, groups, slots = checkpoint.load(self.out / loop.CHECKPOINT)
        theirs = replace(saved, config=saved.config.get("run", {}))
        loop.require_same(theirs, replace(self.progress(), config=self.identity()))
        self.network.load_state_dict(groups["weights"])
        self.average.load_state_dict(groups["average"])
        loop.fill(self.optimizer, slots)
        self.step, self.elapsed = saved.step, saved.elapsed
        self.figures, self.best = saved.config["figures"], saved.config["best"]

    def fraction(self) -> float:
        """How much of the budget is used, 0..1."""
        return self.settings.fraction(self.step, self.elapsed)

    def validate(self) -> None:
        """Rank the validation presets by the averaged network; keep it if it is the best.

        Sounds of training presets fill the gallery up: few presets alone are found too easily.
        """
        valid, count = self.valid, min(VALID, len(self.valid))
        asked = self.notes[:1].expand(count, -1)
        with torch.no_grad():
            unit = valid.space.unit(valid.values[:count]).to(self.notes.device)
            given = self.scaling.undo(self.average.eval()(unit, asked)).cpu()
        others = self.data.vectors[: VALID - count, 0]
        vectors = torch.from_numpy(np.concatenate([valid.vectors[:count, 0], others]))
        wanted = self.scaling.to(torch.device("cpu")).space(vectors)
        ranks = ranking_metrics.ranks(given.numpy(), wanted.numpy())
        found = {
            "valid_mrr": ranking_metrics.mrr(ranks),
            "valid_l1": float((given - wanted[:count]).abs().mean()),
        }
        self.figures |= found
        if found["valid_mrr"] > self.best.get("valid_mrr", -1.0):
            self.best = {**found, "step": self.step}
            checkpoint.save(
                self.out / BEST, self.progress(), {}, self.average.state_dict(), {"state": {}}
            )

    def kept(self) -> proxy.Proxy:
        """The best network, on the CPU."""
        network = self.average
        if self.best:
            network.load_state_dict(checkpoint.load(self.out / BEST)[1]["average"])
        card = proxy.describe(
            self.data.space, self.encoder, self.config, self.data.embedding, self.data.notes
        )
        scaling = self.scaling.to(torch.device("cpu"))
        return proxy.Proxy(card, self.data.space, network.cpu(), scaling)


def open_run(
    encoder: str, data: ProxyData, valid: ProxyData, config: Config, settings: Settings, out: Path
) -> Run:
    """Fresh networks and optimiser, seeded. Raises InputError where something does not fit."""
    loop.require_budget(settings.minutes, settings.steps)
    data.space.require(valid.space, valid.name)
    if (data.embedding, data.notes[0]) != (valid.embedding, valid.notes[0]):
        raise InputError(f"{valid.name} has another first note or embedder than {data.name}")
    out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(settings.seed)
    network, average = (proxy.build(encoder, data.space, config) for _ in range(2))
    unit = data.space.unit(data.values)
    if isinstance(network, Starling):
        network.fit(unit)
    average.load_state_dict(network.state_dict())
    optimizer = torch.optim.AdamW(
        _groups(network, settings.decay), settings.rate, betas=settings.betas, eps=settings.eps
    )
    used = data.vectors if settings.every_note else data.vectors[:, :1]
    scaling = proxy.Scaling.fit(used, data.metric, standardise=settings.standardise)
    wanted, notes = scaling.wanted(torch.from_numpy(used)), torch.tensor(data.notes)
    return Run(
        encoder, data, valid, config, settings, out, network, average, scaling, optimizer,
        unit, wanted, notes,
    )  # fmt: skip


def _groups(network: nn.Module, decay: float) -> list[dict[str, Any]]:
    """Weights that decay, and those that must not: biases, norms and scales."""
    weights = list(network.parameters())
    return [
        {"params": [w for w in weights if w.ndim > 1], "weight_decay": decay},
        {"params": [w for w in weights if w.ndim <= 1], "weight_decay": 0.0},
    ]
