"""What a synth's parameters are: names, ranges and kinds, hashed. Not how they are found or set."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from typing import Any, Literal

from starling.models.errors import InputError

__all__ = ["Parameter", "Schema", "schema_of"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One knob. A discrete one has `steps` equally spaced values, perhaps with a label each.

    >>> Parameter("wave", 0, 2, 0, "discrete", 3, ("Saw", "Square", "Sine")).canonical(0.9)
    1.0
    """

    name: str
    minimum: float
    maximum: float
    default: float
    kind: Literal["continuous", "discrete"] = "continuous"
    steps: int = 0  # 0 for a continuous parameter
    labels: tuple[str, ...] = ()  # one per step, or none
    unit: str = ""
    group: str = ""

    def canonical(self, value: float) -> float:
        """The value as the synth will use it: a discrete one snaps to its nearest step.

        Raises InputError naming the parameter when the value is no number or out of range.
        """
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise InputError(f"{self.name} must be a number, got {value!r}", code="bad_value")
        if not (math.isfinite(value) and self.minimum <= value <= self.maximum):
            legal = f"{self.minimum:g}..{self.maximum:g}"
            raise InputError(f"{self.name} must be {legal}, got {value:g}", code="bad_value")
        if self.kind == "continuous" or self.steps < 2:
            return float(value)
        step = (self.maximum - self.minimum) / (self.steps - 1)
        return float(self.minimum + round((value - self.minimum) / step) * step)


@dataclass(frozen=True, slots=True)
class Schema:
    """All parameters of one synth, in the synth's own order.

    `version` is the synth's; two schemas with equal hashes accept the same values and mean the
    same by them.
    """

    synth: str
    version: str
    parameters: tuple[Parameter, ...]

    @property
    def hash(self) -> str:
        """SHA-256 (hex) of the canonical JSON: what a preset stores beside its values."""
        return _hash(self)

    def names(self) -> tuple[str, ...]:
        """The parameters' names, in order."""
        return tuple(parameter.name for parameter in self.parameters)

    def defaults(self) -> dict[str, float]:
        """The values of the initial patch, by name."""
        return {parameter.name: float(parameter.default) for parameter in self.parameters}

    def validate(self, values: Mapping[str, float]) -> dict[str, float]:
        """Every parameter's value in the schema's order, with defaults for the absent ones.

        Raises InputError that names the parameter: unknown, not a number, or out of range.
        """
        known = set(self.names())
        for name in values:
            if name not in known:
                raise InputError(_unknown(self, name), code="unknown_parameter")
        return {
            parameter.name: parameter.canonical(values.get(parameter.name, parameter.default))
            for parameter in self.parameters
        }

    def sparse(self, values: Mapping[str, float]) -> dict[str, float]:
        """Only the values that differ from the defaults: how presets are stored."""
        defaults = self.defaults()
        full = self.validate(values)
        return {name: value for name, value in full.items() if value != defaults[name]}


def schema_of(fields: Mapping[str, Any]) -> Schema:
    """A schema from its fields as `asdict` and JSON have them.

    Raises KeyError or TypeError where some are missing or strange.
    """
    parameters = tuple(
        Parameter(**{**parameter, "labels": tuple(parameter["labels"])})
        for parameter in fields["parameters"]
    )
    return Schema(fields["synth"], fields["version"], parameters)


def _unknown(schema: Schema, name: str) -> str:
    shown = name[:60]
    near = get_close_matches(shown, schema.names(), n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return f"{schema.synth} has no parameter {shown!r}{hint}"


@lru_cache(maxsize=64)  # a process meets few synths; hashing one takes a millisecond
def _hash(schema: Schema) -> str:
    content = {
        "synth": schema.synth,
        "version": schema.version,
        "parameters": [
            [
                p.name,
                float(p.minimum),
                float(p.maximum),
                float(p.default),
                p.kind,
                p.steps,
                p.labels,
            ]
            for p in schema.parameters
        ],
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()
