"""A model's controls as its user sets them, to the values that make the sound. Without torch.

Equal sounds have equal canonical controls, so that they have one recipe.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from starling.models.artifacts.catalogue import Control, ModelCard
from starling.models.errors import InputError

__all__ = ["canonical"]


def canonical(card: ModelCard, requested: Mapping[str, float]) -> dict[str, float]:
    """Fill in defaults, check names and ranges, replace "by key" by the class the key means.

    Raises InputError (code bad_control).
    """
    names = [control.name for control in card.controls]
    unknown = sorted(set(requested) - set(names))
    if unknown:
        raise InputError(
            f"model {card.name} has no control {unknown[0]!r}; it has {', '.join(names) or 'none'}",
            code="bad_control",
        )
    values = {
        control.name: _checked(control, requested.get(control.name, control.default))
        for control in card.controls
    }
    if card.keys:
        if values["kind"] == 0:
            values["kind"] = float(1 + card.keys[int(values["key"])])
        values["key"] = 0.0
    return values


def _checked(control: Control, value: float) -> float:
    """The value as a float within the control's range, an index rounded; else InputError."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not control.minimum <= number <= control.maximum:
        raise InputError(
            f"control {control.name} must be {control.minimum:g}..{control.maximum:g}, "
            f"got {value!r}",
            code="bad_control",
        )
    whole = bool(control.labels) or control.name == "key"
    return float(round(number)) if whole else number + 0.0  # -0.0 would be another recipe
