"""What the training loops have in common: budget, schedule, averages, curves, how to resume.

No loop: each network's stands in a file of its own and calls what it needs of this one.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from starling.models.errors import InputError, StarlingError
from starling.models.training.checkpoint import Progress

CHECKPOINT = "checkpoint.safetensors"
LOG = "log.jsonl"
CURVES = "tensorboard"
SHARE = 0.02  # of a step in the shown losses: a mean over about fifty
Report = Callable[[float, int, dict[str, float]], None]  # used share of the budget, step, figures


def require_budget(minutes: float, steps: int) -> None:
    """Raise InputError (code `bad_budget`) for a run that would never end."""
    if minutes <= 0 and steps <= 0:
        raise InputError("a budget is needed: minutes or steps above 0", code="bad_budget")


def require_free(out: Path) -> None:
    """Raise InputError (code `bad_out`) for a folder that a new run would overwrite."""
    if (out / CHECKPOINT).exists():
        raise InputError(
            f"{out} holds a run already: --resume goes on with it, --out names another folder",
            code="bad_out",
        )


def require_same(saved: Progress, now: Progress) -> None:
    """Raise InputError (code `bad_resume`) where a checkpoint belongs to another run."""
    wrong = {
        "was trained on other data": saved.manifest != now.manifest,
        f"was made with seed {saved.seed}": saved.seed != now.seed,
        "has another network or other settings": _plain(saved.config) != _plain(now.config),
    }
    for what, differs in wrong.items():
        if differs:
            raise InputError(f"the checkpoint {what}", code="bad_resume")


def _plain(config: Mapping[str, Any]) -> str:
    """As JSON has it: tuples become lists."""
    return json.dumps(config, sort_keys=True)


def used(step: int, elapsed: float, steps: int, minutes: float) -> float:
    """How much of the budget is used, 0..1; whichever of steps and minutes is not 0 counts.

    >>> used(5, 30.0, 20, 1.0)
    0.5
    """
    by_step = step / steps if steps else 0.0
    by_time = elapsed / (60 * minutes) if minutes else 0.0
    return min(1.0, max(by_step, by_time))


def cosine(fraction: float, final: float) -> float:
    """The learning rate's level at a fraction of the budget: from 1 down to `final`.

    >>> cosine(0.0, 0.1), round(cosine(1.0, 0.1), 6)
    (1.0, 0.1)
    """
    return final + (1 - final) * (0.5 + 0.5 * math.cos(math.pi * fraction))


def smooth(old: Mapping[str, float], new: Mapping[str, float | Tensor]) -> dict[str, float]:
    """Running means over about fifty steps, so that the shown losses can be read.

    Raises StarlingError as `require_finite`.
    """
    values = {name: float(torch.as_tensor(value).detach()) for name, value in new.items()}
    require_finite(values)
    return {
        name: old.get(name, value) * (1 - SHARE) + value * SHARE for name, value in values.items()
    }


def require_finite(losses: Mapping[str, float]) -> None:
    """Raise StarlingError (code `diverged`) where a loss is no number any more.

    Weights that are lost need not show at once: `checkpoint.save` looks at them too.
    """
    for name, value in losses.items():
        if not math.isfinite(value):
            raise StarlingError(
                f"the training diverged: {name} is {value}; a checkpoint of before is kept, and "
                "another --seed may fare better",
                code="diverged",
            )


@torch.no_grad()
def update_average(average: nn.Module, network: nn.Module, step: int, decay: float) -> None:
    """Exponential moving average of weights and batch statistics, faster while young."""
    keep = min(decay, (1 + step) / (10 + step))
    for old, new in zip(average.state_dict().values(), network.state_dict().values(), strict=True):
        if old.is_floating_point():
            old.lerp_(new.detach(), 1 - keep)
        else:
            old.copy_(new)


def fill(optimizer: torch.optim.Optimizer, slots: dict[int, dict[str, Tensor]]) -> None:
    """Give an optimiser what a checkpoint kept of it; its settings stay its own."""
    optimizer.load_state_dict({**optimizer.state_dict(), "state": slots})


def log(out: Path, step: int, elapsed: float, figures: Mapping[str, float]) -> None:
    """Append one line to the run's log."""
    line = {"step": step, "elapsed": round(elapsed, 1), **figures}
    with (out / LOG).open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


@contextmanager
def board(out: Path, writes: bool = True) -> Iterator[Callable[[int, Mapping[str, float]], None]]:
    """TensorBoard's curves in OUT/tensorboard; of several processes only one `writes`."""
    if not writes:
        yield lambda step, figures: None
        return
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(str(out / CURVES)) as curves:

        def write(step: int, figures: Mapping[str, float]) -> None:
            for name, value in figures.items():
                curves.add_scalar(name.replace("_", "/", 1), value, step)

        yield write
