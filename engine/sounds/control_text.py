"""Controls of a model as people, clients and keys give them: text, pairs, JSON. Pure.

`models/artifacts/controls.py` then checks their names and ranges.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, TypeVar

from starling.models.errors import InputError

if TYPE_CHECKING:
    from starling.models.artifacts.catalogue import Control, ModelCard

HIGHEST_KEY = 127
Value = TypeVar("Value")  # a number, or a curve of them


def distinct(controls: Iterable[tuple[str, Value]]) -> dict[str, Value]:
    """Controls as a mapping; raises InputError (code `bad_control`) when one is named twice."""
    found: dict[str, Value] = {}
    for name, value in controls:
        if name in found:
            raise InputError(f"control {name!r} is given twice", code="bad_control")
        found[name] = value
    return found


def parse_control(card: ModelCard, text: str) -> tuple[str, float]:
    """A control as people write it: `brightness=0.7`, or `kind=snare` for a choice.

    Raises InputError (code `bad_control`).
    """
    name, equals, value = text.partition("=")
    control = next((each for each in card.controls if each.name == name), None)
    if control is None or not equals:
        names = ", ".join(each.name for each in card.controls) or f"none: {card.name} has no knobs"
        raise InputError(
            f"control must be NAME=VALUE with a name of {names}; got {text!r}", code="bad_control"
        )
    return name, _control_value(control, value)


def _control_value(control: Control, text: str) -> float:
    labels = [label.lower() for label in control.labels]
    if text.lower() in labels:
        return float(labels.index(text.lower()))
    try:
        return float(text)
    except ValueError as exc:
        allowed = ", ".join(control.labels) or f"{control.minimum:g}..{control.maximum:g}"
        raise InputError(
            f"control {control.name} must be one of {allowed}; got {text!r}", code="bad_control"
        ) from exc


def controls_json(card: ModelCard) -> str:
    """A card's controls as `/starling/models` sends them."""
    return json.dumps([_control_fields(each) for each in card.controls], separators=(",", ":"))


def _control_fields(control: Control) -> dict[str, object]:
    fields: dict[str, object] = {
        "name": control.name,
        "title": control.title,
        "min": control.minimum,
        "max": control.maximum,
        "default": control.default,
    }
    return {**fields, "labels": list(control.labels)} if control.labels else fields


def with_key(card: ModelCard, controls: Mapping[str, float], key: int) -> dict[str, float]:
    """Controls plus the MIDI note of the request, if the model has the control `key`."""
    if not 0 <= key <= HIGHEST_KEY:
        raise InputError(f"key must be 0..{HIGHEST_KEY}, got {key}", code="bad_control")
    has_key = any(each.name == "key" for each in card.controls)
    return {**controls, "key": float(key)} if has_key else dict(controls)
