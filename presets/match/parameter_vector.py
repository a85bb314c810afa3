"""A synth's parameters as a vector in 0..1, for searching. Presets in, presets out; no sound.

What a single note at its own level does not show (loudness, glides between notes) keeps the value
of the preset that the search started from.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from starling.presets.formats import amsynth
from starling.presets.formats.schema import Parameter, Schema

Vector = NDArray[np.float64]

# Parameters by synth that change no loss. Every parameter of another synth takes part.
NOT_SEARCHED: dict[str, frozenset[str]] = {
    amsynth.NAME: frozenset(("master_vol", "portamento_time", "portamento_mode", "keyboard_mode")),
}
LOG_RATIO = 30.0  # a range as wide as this between positive ends (Hz, seconds) is searched by ratio


@dataclass(frozen=True)
class SearchSpace:
    """The searched parameters of a schema, in its order."""

    schema: Schema

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """The parameters that are searched."""
        excluded = NOT_SEARCHED.get(self.schema.synth, frozenset())
        return tuple(p for p in self.schema.parameters if p.name not in excluded)

    @cached_property
    def steps(self) -> NDArray[np.int64]:
        """How many values each parameter takes, (P,); 0 for a continuous one."""
        found = [p.steps if p.kind == "discrete" and p.steps > 1 else 0 for p in self.parameters]
        return np.array(found, np.int64)

    @cached_property
    def turned(self) -> NDArray[np.int64]:
        """Which parameters small moves turn: continuous ones; of a synth that has few, all."""
        movable = np.array([p.kind == "continuous" or p.steps > 1 for p in self.parameters], bool)
        continuous = movable & (self.steps == 0)
        mostly = 2 * int(continuous.sum()) > len(self.parameters)
        return np.flatnonzero(continuous if mostly else movable)

    def moved(self, vector: Vector, at: int, by: float) -> Vector:
        """The vector with one parameter moved, a discrete one by a step at least; snapped."""
        last = max(int(self.steps[at]) - 1, 1)
        least = 1 / last if self.steps[at] > 1 else 0.0
        moved = vector.copy()
        moved[at] += np.copysign(max(abs(by), least), by)
        return self.snapped(moved)

    def vector(self, values: Mapping[str, float]) -> Vector:
        """Where a preset lies, (P,) in 0..1; what it leaves out is at its default."""
        full = self.schema.validate(values)
        return np.array([_position(p, full[p.name]) for p in self.parameters])

    def values(self, vector: Vector, base: Mapping[str, float]) -> dict[str, float]:
        """The preset of a snapped vector; `base` has what is not searched."""
        pairs = zip(self.parameters, vector, strict=True)
        moved = {p.name: _value(p, float(position)) for p, position in pairs}
        return self.schema.validate({**base, **moved})

    def snapped(self, vector: Vector) -> Vector:
        """The vector reflected into 0..1, discrete parameters on their nearest steps."""
        inside = 1 - np.abs(1 - np.abs(vector) % 2)  # reflected at both ends
        last = np.maximum(self.steps - 1, 1)
        return np.asarray(np.where(self.steps > 1, np.round(inside * last) / last, inside))


def _is_log(parameter: Parameter) -> bool:
    return parameter.kind == "continuous" and parameter.maximum > LOG_RATIO * parameter.minimum > 0


def _position(parameter: Parameter, value: float) -> float:
    low, high = parameter.minimum, parameter.maximum
    if high <= low:
        return 0.0
    if _is_log(parameter):
        return math.log(value / low) / math.log(high / low)
    return (value - low) / (high - low)


def _value(parameter: Parameter, position: float) -> float:
    low, high = parameter.minimum, parameter.maximum
    value = low * (high / low) ** position if _is_log(parameter) else low + position * (high - low)
    return min(max(value, low), high)  # rounding must not leave the range
