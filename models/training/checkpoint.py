"""Training state in one safetensors file: weights, average, optimiser, progress. Never a pickle."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from starling.models.errors import MissingError, ParseError, StarlingError
from starling.models.replacing import replaced

FORMAT = 1  # raised whenever a reader of the old layout would go wrong
MAX_BYTES = 1280 * 1024 * 1024  # the dense VAE at its published sizes needs 1 GB


@dataclass(frozen=True, slots=True)
class CheckpointHeader:
    """How far a run is, and what it must agree with to be resumed."""

    step: int
    elapsed: float  # seconds of training, over all sessions
    seed: int
    manifest: str
    config: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Saved:
    """What a checkpoint holds: its header, and tensors by group and name."""

    header: CheckpointHeader
    weights: dict[str, Tensor]
    average: dict[str, Tensor]
    more: dict[str, Tensor]
    optimizer: dict[int, dict[str, Tensor]]


def flatten(state: dict[str, Any]) -> dict[str, Tensor]:
    """Optimiser state as `optimizer.<parameter>.<name>` tensors."""
    return {
        f"optimizer.{index}.{name}": torch.as_tensor(value)
        for index, slots in state["state"].items()
        for name, value in slots.items()
    }


def unflatten(tensors: dict[str, Tensor]) -> dict[int, dict[str, Tensor]]:
    """The inverse of `flatten`, of names without their first word."""
    state: dict[int, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        index, name = key.split(".", 1)
        state.setdefault(int(index), {})[name] = value
    return state


def save(
    path: Path,
    header: CheckpointHeader,
    weights: dict[str, Tensor],
    average: dict[str, Tensor],
    optimizer: dict[str, Any],
    more: dict[str, Tensor] | None = None,
) -> None:
    """Write the state beside `path` and rename it into place: an interruption keeps the old one.

    `more` is whatever else a run needs, by names of its own. Raises StarlingError (code `diverged`)
    where weights are no numbers any more, and writes nothing: a loss may still look well after the
    step that lost them.
    """
    for name, value in [*weights.items(), *average.items()]:
        if value.is_floating_point() and not bool(value.isfinite().all()):
            raise StarlingError(f"the training diverged: {name} is not finite", code="diverged")
    tensors = {f"weights.{name}": value for name, value in weights.items()}
    tensors |= {f"average.{name}": value for name, value in average.items()}
    tensors |= {f"more.{name}": value for name, value in (more or {}).items()}
    tensors |= flatten(optimizer)
    kept = {name: value.detach().cpu().contiguous().clone() for name, value in tensors.items()}
    about = {"starling": json.dumps({"format": FORMAT, **asdict(header)})}
    with replaced(path) as part:
        save_file(kept, str(part), metadata=about)


def load(path: Path) -> Saved:
    """What `save` wrote.

    Raises MissingError and ParseError (not a checkpoint, unknown format, too large).
    """
    if not path.is_file():
        raise MissingError(f"no checkpoint at {path}; train without --resume first", code="no_file")
    if path.stat().st_size > MAX_BYTES:
        raise ParseError(f"{path.name} is larger than any checkpoint ({MAX_BYTES} bytes)")
    try:
        with safe_open(str(path), framework="pt") as file:
            header = json.loads((file.metadata() or {})["starling"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, KeyError, ValueError) as error:
        raise ParseError(f"{path.name} is not a checkpoint of Starling") from error
    if header.pop("format", None) != FORMAT:
        raise ParseError(f"{path.name} has an unknown checkpoint format; this is format {FORMAT}")
    groups: dict[str, dict[str, Tensor]] = {
        name: {} for name in ("weights", "average", "more", "optimizer")
    }
    for name, value in tensors.items():
        group, rest = name.split(".", 1)
        groups[group][rest] = value
    return Saved(
        CheckpointHeader(**header),
        groups["weights"],
        groups["average"],
        groups["more"],
        unflatten(groups["optimizer"]),
    )
