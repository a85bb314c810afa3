"""A trained preset encoder: predicts the embedding of a preset's sound without rendering it.

>>> proxy = load_proxy(Path("runs/proxy/amsynth.json"))  # doctest: +SKIP
>>> proxy.predict(values)  # (n, P) in the synth's own units -> (n, m)  # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from starling.models.artifacts import card_file
from starling.models.artifacts.catalogue import WEIGHTS
from starling.models.errors import InputError, ParseError, StarlingError
from starling.models.proxy import published_networks
from starling.models.proxy.network import Config, Starling
from starling.models.proxy.parameter_space import Space

Array = NDArray[np.float32]
OURS = "starling"
ENCODERS = (*published_networks.ENCODERS, OURS)
ROWS = 4096  # predicted at once
MIN_SPREAD = 1e-6  # of a dimension of the targets; one that never moves divides by this


class OneNote(nn.Module):
    """A published encoder: trained on one note, it ignores the note that is requested."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, unit: Tensor, notes: Tensor) -> Tensor:
        """Parameters (B, P), notes (B, 3) to (B, size)."""
        out: Tensor = self.network(unit)
        return out


def build(encoder: str, space: Space, config: Config) -> nn.Module:
    """A fresh network with forward(unit, notes). Raises InputError for an unknown encoder."""
    if encoder == OURS:
        return Starling(space, config)
    if encoder not in published_networks.ENCODERS:
        raise InputError(f"encoder must be one of {', '.join(ENCODERS)}, got {encoder!r}")
    return OneNote(published_networks.ENCODERS[encoder](space, config.size))


@dataclass(frozen=True, slots=True)
class Scaling:
    """An embedder's vectors to the space in which distances count, and to what networks learn.

    `centre` and `spread` (m,) make the space: 0 and 1 for unit vectors, the training set's mean and
    deviation otherwise. `mean` and `deviation` standardise the space for training; 0 and 1 where a
    network learns it raw, as the published ones do.
    """

    centre: Tensor
    spread: Tensor
    mean: Tensor
    deviation: Tensor

    @classmethod
    def fit(cls, vectors: Array, metric: str, *, standardise: bool) -> Scaling:
        """From the training vectors (..., m)."""
        flat = torch.from_numpy(vectors.reshape(-1, vectors.shape[-1]))
        zero, one = torch.zeros(flat.shape[1]), torch.ones(flat.shape[1])
        centre, spread = (flat.mean(0), flat.std(0)) if metric == "zscore" else (zero, one)
        spread = spread.clamp_min(MIN_SPREAD)
        space = (flat - centre) / spread
        if not standardise:
            return cls(centre, spread, zero, one)
        return cls(centre, spread, space.mean(0), space.std(0).clamp_min(MIN_SPREAD))

    def space(self, vectors: Tensor) -> Tensor:
        """An embedder's vectors to the space in which distances count."""
        return (vectors - self.centre) / self.spread

    def wanted(self, vectors: Tensor) -> Tensor:
        """An embedder's vectors (n, m) to the network's targets."""
        return (self.space(vectors) - self.mean) / self.deviation

    def undo(self, given: Tensor) -> Tensor:
        """The network's output (n, m) to the space in which distances count."""
        return given * self.deviation + self.mean

    def tensors(self) -> dict[str, Tensor]:
        """For the weights' file."""
        return {f"scaling.{name}": getattr(self, name).clone() for name in self.__slots__}

    def to(self, device: torch.device) -> Scaling:
        """On another device."""
        return Scaling(*(getattr(self, name).to(device) for name in self.__slots__))


class Proxy:
    """A trained encoder behind its card."""

    def __init__(
        self, card: dict[str, Any], space: Space, network: nn.Module, scaling: Scaling
    ) -> None:
        self.card, self.space = card, space
        self.network, self.scaling = network.eval(), scaling
        self.encoder: str = card["config"]["encoder"]
        self.embedding: str = card["config"]["embedding"]  # the embedder's key
        self.notes = tuple(tuple(map(float, note)) for note in card["config"]["notes"])

    @torch.no_grad()
    def predict(self, parameters: Array, notes: Sequence[float] | Array | None = None) -> Array:
        """Canonical values (n, P) in the synth's own units to (n, m), comparable with `target`.

        `notes` is [MIDI note, velocity, seconds] for all or (n, 3); the first note of training if
        not given. Raises InputError naming a parameter that is NaN or out of range, and for a note
        that a published encoder (which knows one) was not trained on.
        """
        self.space.check(parameters)
        wanted = np.asarray(self.notes[0] if notes is None else notes, np.float32)
        if wanted.shape not in ((3,), (len(parameters), 3)) or not np.isfinite(wanted).all():
            raise InputError("notes must be [note, velocity, seconds], for all or for each preset")
        if self.encoder != OURS and not np.allclose(wanted, self.notes[0]):
            raise InputError(f"a {self.encoder} proxy knows only the note {list(self.notes[0])}")
        requested = torch.from_numpy(np.broadcast_to(wanted, (len(parameters), 3)).copy())
        chunks = [
            self.scaling.undo(self.network(unit, note))
            for unit, note in zip(
                torch.split(self.space.unit(parameters), ROWS),
                torch.split(requested, ROWS),
                strict=True,
            )
        ]
        return torch.cat(chunks).numpy()

    def target(self, vectors: Array) -> Array:
        """An embedder's vectors (n, m) in the space of `predict`, where L1 distances count."""
        return self.scaling.space(torch.from_numpy(np.asarray(vectors, np.float32))).numpy()


def describe(
    space: Space,
    encoder: str,
    config: Config,
    embedding: str,
    notes: Sequence[Sequence[float]],
) -> dict[str, Any]:
    """The part of a card that `load_proxy` needs."""
    return {
        "config": {
            "encoder": encoder,
            "network": asdict(config),
            "embedding": embedding,
            "notes": [list(note) for note in notes],
            "synth": space.synth,
            "schema_hash": space.schema_hash,
            "parameters": [asdict(knob) for knob in space.knobs],
        }
    }


def load_proxy(path: Path) -> Proxy:
    """The encoder behind a card. Raises MissingError, and ParseError where card and weights differ,
    the kind is another or a field is missing.
    """
    card = card_file.read_card(path)
    if card["kind"] != "proxy":
        raise ParseError(f"{path.name} is a model of the kind {card['kind']!r}, not a proxy")
    space = Space.from_json(card["config"])
    tensors = card_file.read_weights(card, path.parent)
    try:
        config = Config(**card["config"]["network"])
        network = build(card["config"]["encoder"], space, config)
        scaling = Scaling(*(tensors[f"scaling.{name}"] for name in Scaling.__slots__))
        state = {
            key.removeprefix("network."): value.float() if value.is_floating_point() else value
            for key, value in tensors.items()
            if key.startswith("network.")
        }
        network.load_state_dict(state)
        return Proxy(card, space, network, scaling)
    except (KeyError, TypeError, RuntimeError, InputError) as error:
        raise ParseError(
            f"the weights {card['weights']} do not fit the card {path.name}: "
            f"{str(error).splitlines()[0][:200]}"
        ) from error


def find_proxy(synth: str, schema_hash: str, extra: Path | None = None) -> Path | None:
    """The card of a proxy for exactly this synth and schema: a user's first, then a shipped one."""
    for folder in (extra, WEIGHTS):
        for path in sorted(folder.glob("*.json")) if folder is not None and folder.is_dir() else ():
            try:
                card = card_file.read_card(path)
            except (StarlingError, OSError):  # another model's, or damaged: `problems` names it
                continue
            config = card["config"] if card["kind"] == "proxy" else {}
            if (config.get("synth"), config.get("schema_hash")) == (synth, schema_hash):
                return path
    return None
