"""Whether a checkpoint is of this run, and where it keeps what; also those of version 0.1.0."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from starling.models.errors import InputError
from starling.models.training.checkpoint import CheckpointHeader, Saved
from starling.models.training.watch import Watch

OURS = "fit."  # begins the names of the frame's own numbers in a checkpoint's third group

GROUPS = ("figures", "best", "before", "use")  # use: of the budget


def packed(numbers: Mapping[str, Mapping[str, float]]) -> dict[str, Tensor]:
    """Numbers by group and name as tensors, for a checkpoint."""
    return {
        f"{OURS}{group}.{name}": torch.tensor(value, dtype=torch.float64)
        for group, named in numbers.items()
        for name, value in named.items()
    }


def unpacked(more: dict[str, Tensor]) -> tuple[dict[str, dict[str, float]], dict[str, Tensor]]:
    """What `packed` made, by group and name, and what is the trainer's own."""
    numbers: dict[str, dict[str, float]] = {name: {} for name in GROUPS}
    for key, value in more.items():
        if key.startswith(OURS):
            group, name = key.removeprefix(OURS).split(".", 1)
            numbers[group][name] = float(value)
    return numbers, {key: value for key, value in more.items() if not key.startswith(OURS)}


def knows_before(saved: Saved) -> bool:
    """Whether a checkpoint holds the measure before the first step; version 0.1.0 kept none."""
    return f"{OURS}before." in saved.more


def modern(saved: Saved) -> Saved:
    """A checkpoint with its figures where `Run.restore` looks for them.

    Version 0.1.0 kept those of a preset encoder in the header, beside its configuration.
    """
    config = saved.header.config
    if config.keys() != {"run", "figures", "best"}:
        return saved
    more = packed({group: config[group] for group in ("figures", "best")})
    if config["best"]:
        more |= Watch(best=-config["best"]["valid_mrr"]).tensors()
    return replace(saved, header=replace(saved.header, config=config["run"]), more=more)


def require_same(saved: CheckpointHeader, now: CheckpointHeader) -> None:
    """Raise InputError (code `bad_resume`) where a checkpoint belongs to another run."""
    fields = differing(saved.config, now.config)
    wrong = {
        "was trained on other data": saved.manifest != now.manifest,
        f"was made with seed {saved.seed}": saved.seed != now.seed,
        f"has another network or other settings: {', '.join(fields)}": bool(fields),
    }
    for what, differs in wrong.items():
        if differs:
            raise InputError(f"the checkpoint {what}", code="bad_resume")


def differing(saved: Mapping[str, Any], now: Mapping[str, Any], before: str = "") -> list[str]:
    """What differs between two configurations, as sentences' parts; nested fields by a dot.

    >>> differing({"head": {"bands": 8}, "dim": 2}, {"head": {"bands": 9}, "dim": 2})
    ['head.bands was 8, now 9']
    """
    found = []
    for name in sorted({*saved, *now}):
        one, two = _plain(saved.get(name)), _plain(now.get(name))
        if isinstance(one, dict) and isinstance(two, dict):
            found += differing(one, two, f"{before}{name}.")
        elif one != two:
            found.append(f"{before}{name} was {json.dumps(one)}, now {json.dumps(two)}")
    return found


def _plain(value: Any) -> Any:
    """As JSON has it: tuples become lists."""
    return json.loads(json.dumps(value))


def fill(optimizer: torch.optim.Optimizer, slots: dict[int, dict[str, Tensor]]) -> None:
    """Give an optimiser what a checkpoint kept of it; its settings stay its own."""
    optimizer.load_state_dict({**optimizer.state_dict(), "state": slots})
