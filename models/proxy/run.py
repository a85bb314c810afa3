"""What a run that trains a preset encoder holds: data, networks, and how they are validated."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
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
from starling.models.training.device import Device
from starling.models.training.run import Run, begin
from starling.models.training.session import Session

VALID = 1024  # sounds of a validation ranking: a second on one CPU thread
SESSION_FIELDS = ("minutes", "steps", "threads", "save_seconds", "accelerator", "devices")


@dataclass(slots=True)
class ProxyRun:
    """The inputs of a run, as the network reads them, and the run itself."""

    encoder: str
    data: ProxyData
    valid: ProxyData
    config: Config
    scaling: proxy.Scaling
    unit: Tensor  # (n, P)
    wanted: Tensor  # (n, K, m)
    notes: Tensor  # (K, 3)
    run: Run[nn.Module]

    def validate(self) -> dict[str, float]:
        """Rank the validation presets by the averaged network.

        Sounds of training presets fill the gallery up: few presets alone are found too easily.
        """
        count = min(VALID, len(self.valid))
        given = self._predicted(count)
        others = self.data.vectors[: VALID - count, 0]
        vectors = torch.from_numpy(np.concatenate([self.valid.vectors[:count, 0], others]))
        wanted = self.scaling.space(vectors)
        ranks = ranking_metrics.ranks(given.numpy(), wanted.numpy())
        return {
            "valid_mrr": ranking_metrics.mrr(ranks),
            "valid_l1": float((given - wanted[:count]).abs().mean()),
        }

    def loss(self) -> float:
        """L1 of the validation presets, at the first note."""
        count = min(VALID, len(self.valid))
        return float((self._predicted(count) - self._space(self.valid, count)).abs().mean())

    def constant_loss(self) -> float:
        """The same where every preset is given the medians of the training set."""
        median = self._space(self.data, VALID).median(dim=0).values
        return float((median - self._space(self.valid, VALID)).abs().mean())

    def _space(self, data: ProxyData, count: int) -> Tensor:
        """Vectors (count, m) of the first presets at the first note, as they are compared."""
        vectors = torch.from_numpy(np.ascontiguousarray(data.vectors[:count, 0]))
        return self.scaling.space(vectors)

    def _predicted(self, count: int) -> Tensor:
        """Vectors (count, m) of validation presets by the averaged network."""
        device, valid = self.run.fabric.device, self.valid
        notes = self.notes[:1].expand(count, -1).to(device)
        with torch.no_grad():
            unit = valid.space.unit(valid.values[:count]).to(device)
            given = self.run.kept.eval()(unit, notes)
            return self.scaling.to(device).undo(given).cpu()

    def kept(self) -> proxy.Proxy:
        """The best network, on the CPU."""
        card = proxy.describe(
            self.data.space, self.encoder, self.config, self.data.embedding, self.data.notes
        )
        return proxy.Proxy(card, self.data.space, self.run.kept.cpu(), self.scaling)


def _identity(encoder: str, config: Config, settings: Settings) -> dict[str, Any]:
    """What a resumed run must agree with, without what may change from session to session."""
    kept = {name: each for name, each in asdict(settings).items() if name not in SESSION_FIELDS}
    whole = {"encoder": encoder, "network": asdict(config), "settings": kept}
    return dict(json.loads(json.dumps(whole)))


def open_run(
    encoder: str,
    data: ProxyData,
    valid: ProxyData,
    config: Config,
    settings: Settings,
    out: Path,
    session: Session,
) -> ProxyRun:
    """Fresh networks and optimiser, seeded. Raises InputError where something does not fit."""
    data.space.require(valid.space, valid.name)
    if (data.embedding, data.notes[0]) != (valid.embedding, valid.notes[0]):
        raise InputError(f"{valid.name} has another first note or embedder than {data.name}")
    device = Device(settings.precision, settings.accelerator, settings.devices)
    fabric = begin(out, settings, session, device)
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
    run: Run[nn.Module] = Run(
        out, settings, session, fabric,
        manifest=f"{data.manifest} {valid.manifest} {data.embedding}",
        config=_identity(encoder, config, settings),
        network=network, optimizer=optimizer, average=average, decay=settings.average,
    )  # fmt: skip
    wanted, notes = scaling.wanted(torch.from_numpy(used)), torch.tensor(data.notes)
    return ProxyRun(encoder, data, valid, config, scaling, unit, wanted, notes, run)


def _groups(network: nn.Module, decay: float) -> list[dict[str, Any]]:
    """Weights that decay, and those that must not: biases, norms and scales."""
    weights = list(network.parameters())
    return [
        {"params": [w for w in weights if w.ndim > 1], "weight_decay": decay},
        {"params": [w for w in weights if w.ndim <= 1], "weight_decay": 0.0},
    ]
