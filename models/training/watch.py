"""How the validations of a run have gone: the best, and how long since then."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

WATCH = "watch"  # its name in a checkpoint


@dataclass(slots=True)
class Watch:
    """How validations have gone: the best loss, and how many since then were no better."""

    best: float = math.inf
    stale: int = 0
    skipped: float = 0.0  # share of the budget that patience has cut off

    def tensors(self) -> dict[str, Tensor]:
        """For the checkpoint."""
        return {WATCH: torch.tensor([self.best, self.stale, self.skipped], dtype=torch.float64)}

    def restore(self, saved: Tensor) -> None:
        """Take up where `tensors` left off."""
        self.best, self.skipped = float(saved[0]), float(saved[2])
        self.stale = int(saved[1])

    def note(self, loss: float) -> bool:
        """Another validation; whether it is the best so far."""
        better = loss < self.best
        self.stale = 0 if better else self.stale + 1
        self.best = min(self.best, loss)
        return better
