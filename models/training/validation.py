"""Validations on the way: when, and what follows: the best network kept, or patience lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starling.models.training import checkpoint
from starling.models.training.run import Run

BEST = "best.safetensors"


@dataclass(frozen=True, slots=True)
class Validation:
    """What looks at the kept network from time to time, and what follows from it.

    `every` so many steps, or before each checkpoint (0), and after the last step; where `until` is
    below 1, only up to that share of the budget. `best` names the figure that should get better:
    with `keep` the network with the best one is kept, and after `patience` validations without a
    better one training goes on as if at `until`, or ends.
    """

    figures: Callable[[], dict[str, float]]
    every: int = 0
    until: float = 1.0
    best: str = ""
    higher: bool = False
    keep: bool = False
    patience: int = 0


def is_due(run: Run[Any], validation: Validation | None, fraction: float) -> bool:
    """Whether to validate after the step that began at this share of the budget."""
    if validation is None or not validation.every or fraction >= validation.until:
        return False
    return run.step % validation.every == 0


def validate(run: Run[Any], validation: Validation | None) -> None:
    """Take the figures of the kept network, keep it if it is the best, lose patience if not."""
    if validation is None:
        return
    with run.clock.timed("validate"):
        found = validation.figures()
    run.figures |= found
    run.validated = run.step
    if not validation.best:
        return
    value = found[validation.best]
    if run.watch.note(-value if validation.higher else value):
        _keep(run, validation, found)
    if validation.patience and run.watch.stale >= validation.patience:
        run.watch.skipped += max(0.0, validation.until - run.use())


def _keep(run: Run[Any], validation: Validation, found: dict[str, float]) -> None:
    """Remember the best network; of a stopped run's last one only that it is that."""
    if not validation.keep:
        return
    run.best = {**found, "step": run.step}
    if not run.stopped:  # a resumed run must find what the run left alone would have
        average = run.kept.state_dict()
        checkpoint.save(run.out / BEST, run.header(), {}, average, {"state": {}})
