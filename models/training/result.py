"""What a run leaves, and what a card says of it."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Generic, TypeVar

import torch

from starling.models.training.learning import Learning
from starling.models.training.run import Run

Model = TypeVar("Model")


@dataclass(frozen=True, slots=True)
class Result(Generic[Model]):
    """What a run leaves: the model, where it stands, its last figures, and what it learned.

    `interrupted` says that it ended before its budget did.
    """

    model: Model
    step: int
    elapsed: float
    figures: dict[str, float]
    interrupted: bool = False
    learning: Learning | None = None

    @classmethod
    def of(cls, run: Run[Any], model: Model, learning: Learning | None = None) -> Result[Model]:
        """The result of a run as it is now."""
        return cls(model, run.step, run.elapsed, run.figures | run.best, run.stopped, learning)


def facts(command: str, result: Result[Any], settings: Any, **more: Any) -> dict[str, Any]:
    """The card's entry `training`: command, length, settings, and what `more` a system says.

    `settings` are a trainer's, a dataclass.
    """
    entry = {
        "command": command,
        "steps": result.step,
        "minutes": round(result.elapsed / 60, 1),
        "seed": settings.seed,
        "settings": asdict(settings),
        **more,
        "torch": torch.__version__,
        "machine": f"{platform.system()} {platform.machine()}",
    }
    return entry | ({"learning": result.learning.facts()} if result.learning else {})


def rounded(figures: Mapping[str, float]) -> dict[str, float]:
    """Figures to four places, as cards have them."""
    return {name: round(value, 4) for name, value in figures.items()}
