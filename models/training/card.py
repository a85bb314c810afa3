"""What a card says of the training that made its weights."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from starling.models.training.fit import Result


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
