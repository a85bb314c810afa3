"""Running averages: of losses, so that they can be read, and of weights, which are published."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from starling.models.errors import StarlingError

SHARE = 0.02  # of a step in the shown losses: a mean over about fifty


def plain(losses: Mapping[str, float | Tensor]) -> dict[str, float]:
    """Losses as numbers.

    Raises StarlingError (code `diverged`) where one is no number any more. Weights that are lost
    need not show at once: `checkpoint.save` looks at them too.
    """
    values = {name: float(torch.as_tensor(value).detach()) for name, value in losses.items()}
    for name, number in values.items():
        if not math.isfinite(number):
            raise StarlingError(f"the training diverged: {name} is {number}", code="diverged")
    return values


def smooth(old: Mapping[str, float], new: Mapping[str, float | Tensor]) -> dict[str, float]:
    """Running means over about fifty steps. Raises StarlingError as `plain`."""
    return {
        name: old.get(name, value) * (1 - SHARE) + value * SHARE
        for name, value in plain(new).items()
    }


@torch.no_grad()
def update_average(average: nn.Module, network: nn.Module, step: int, decay: float) -> None:
    """Exponential moving average of weights and batch statistics, faster while young."""
    keep = min(decay, (1 + step) / (10 + step))
    for old, new in zip(average.state_dict().values(), network.state_dict().values(), strict=True):
        if old.is_floating_point():
            old.lerp_(new.detach(), 1 - keep)
        else:
            old.copy_(new)
