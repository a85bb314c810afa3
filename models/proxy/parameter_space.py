"""A synth's parameters as inputs of preset encoders. Knows no network and no sound.

A parameter is numeric (`num`: continuous, or steps that are in order), binary (`bin`: two steps) or
categorical (`cat`: named steps without an order). Inputs: num and bin in 0..1, cat by index.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from starling.models.errors import InputError, ParseError

Kind = Literal["num", "bin", "cat"]
MAX_CATEGORIES = 64  # named steps of a category; a parameter with more counts as ordered
TOLERANCE = 1e-3  # of the range: how far rounding may carry a value beyond it
MAX_NAMED = 6  # parameters listed in an error


class Described(Protocol):
    """What a schema says of one parameter."""

    @property
    def name(self) -> str:
        """The synth's own name."""

    @property
    def minimum(self) -> float:
        """Lowest value, in the synth's own units."""

    @property
    def maximum(self) -> float:
        """Highest value."""

    @property
    def default(self) -> float:
        """Value of the initial patch."""

    @property
    def kind(self) -> str:
        """`continuous` or `discrete`."""

    @property
    def steps(self) -> int:
        """How many values a discrete one has; 0 for a continuous one."""

    @property
    def labels(self) -> Sequence[str]:
        """One text a step, or none."""


@dataclass(frozen=True, slots=True)
class SynthParameter:
    """One parameter with its kind for encoders; `labels` is one text a step, or none."""

    name: str
    minimum: float
    maximum: float
    default: float
    kind: str
    steps: int = 0
    labels: tuple[str, ...] = ()

    @property
    def form(self) -> Kind:
        """Its kind as an encoder's input.

        >>> Knob("wave", 0, 2, 0, "discrete", 3, ("Saw", "Square", "Sine")).form
        'cat'
        >>> Knob("octave", 0, 2, 0, "discrete", 3, ("-1", "0", "+1")).form
        'num'
        """
        if self.kind == "continuous" or self.steps < 2:
            return "num"
        if self.steps == 2:
            return "bin"
        named = bool(self.labels) and self.steps <= MAX_CATEGORIES
        return "cat" if named and not _ordered(self.labels) else "num"


def _ordered(labels: Iterable[str]) -> bool:
    """Whether every label begins with a number, and the numbers rise or fall throughout."""
    try:
        values = [float(label.split()[0].rstrip("%°")) for label in labels]
    except (ValueError, IndexError):
        return False
    steps = np.diff(values)
    return bool((steps > 0).all() or (steps < 0).all())


@dataclass(frozen=True)
class Space:
    """All parameters of one synth in the schema's order, with the schema's hash."""

    synth: str
    schema_hash: str
    knobs: tuple[SynthParameter, ...]

    @classmethod
    def of(cls, synth: str, schema_hash: str, parameters: Iterable[Described]) -> Space:
        """From any schema's parameters."""
        knobs = (
            SynthParameter(
                p.name,
                float(p.minimum),
                float(p.maximum),
                float(p.default),
                p.kind,
                int(p.steps),
                tuple(p.labels),
            )
            for p in parameters
        )
        return cls(synth, schema_hash, tuple(knobs))

    @classmethod
    def from_json(cls, entry: Any) -> Space:
        """From an artifact's card. Raises ParseError where a field is missing or wrong."""
        try:
            knobs = tuple(
                SynthParameter(
                    name=str(knob["name"]),
                    minimum=float(knob["minimum"]),
                    maximum=float(knob["maximum"]),
                    default=float(knob["default"]),
                    kind=str(knob["kind"]),
                    steps=int(knob["steps"]),
                    labels=tuple(map(str, knob["labels"])),
                )
                for knob in entry["parameters"]
            )
            return cls(str(entry["synth"]), str(entry["schema_hash"]), knobs)
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise ParseError("the card's parameters lack a field or have a wrong type") from error

    @cached_property
    def numbers(self) -> tuple[int, ...]:
        """Places of num and bin parameters."""
        return tuple(i for i, knob in enumerate(self.knobs) if knob.form != "cat")

    @cached_property
    def categories(self) -> tuple[int, ...]:
        """Places of cat parameters."""
        return tuple(i for i, knob in enumerate(self.knobs) if knob.form == "cat")

    @cached_property
    def cardinalities(self) -> tuple[int, ...]:
        """How many steps each cat parameter has."""
        return tuple(self.knobs[i].steps for i in self.categories)

    def check(self, values: NDArray[np.float32]) -> None:
        """Raise InputError naming the first parameter that is no number or out of range."""
        if values.ndim != 2 or values.shape[1] != len(self.knobs):
            raise InputError(
                f"{self.synth} has {len(self.knobs)} parameters; "
                f"got values of shape {values.shape}, wanted (n, {len(self.knobs)})"
            )
        low, high = self._bounds()
        slack = TOLERANCE * (high - low)
        bad = ~((values >= low - slack) & (values <= high + slack))  # also where it is NaN
        if bad.any():
            row, place = (int(i) for i in np.argwhere(bad)[0])
            knob = self.knobs[place]
            raise InputError(
                f"{knob.name} must be {knob.minimum:g}..{knob.maximum:g}, "
                f"got {values[row, place]:g} (preset {row})",
                code="bad_value",
            )

    def unit(self, values: NDArray[np.float32]) -> Tensor:
        """Canonical values (n, P) in the synth's own units to 0..1; cat to its index."""
        low, high = self._bounds()
        scaled = np.clip((values - low) / np.maximum(high - low, 1e-12), 0.0, 1.0)
        for place in self.categories:
            scaled[:, place] = np.rint(scaled[:, place] * (self.knobs[place].steps - 1))
        return torch.from_numpy(scaled.astype(np.float32))

    def values(self, unit: Tensor) -> NDArray[np.float32]:
        """The inverse of `unit`: (n, P) to the synth's own units, discrete ones on a step."""
        low, high = self._bounds()
        position = unit.numpy().astype(np.float64)
        for place, knob in enumerate(self.knobs):
            if knob.form == "cat":
                position[:, place] /= knob.steps - 1
            elif knob.kind == "discrete" and knob.steps > 1:
                last = knob.steps - 1
                position[:, place] = np.rint(position[:, place] * last) / last
        return np.clip(low + position * (high - low), low, high).astype(np.float32)

    def named(self, values: NDArray[np.float32]) -> dict[str, float]:
        """One preset (P,) by names; what rounding carried beyond a range is back in it."""
        pairs = zip(self.knobs, values.tolist(), strict=True)
        return {knob.name: min(max(v, knob.minimum), knob.maximum) for knob, v in pairs}

    def distances(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Coordinates (n, F) in which baselines compare presets: num, bin, one-hot cat."""
        unit = self.unit(values).numpy()
        parts = [unit[:, list(self.numbers)]]
        for place, steps in zip(self.categories, self.cardinalities, strict=True):
            parts.append(np.eye(steps, dtype=np.float32)[unit[:, place].astype(int)] / 2)
        return np.concatenate(parts, axis=1)

    def _bounds(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        low = np.array([knob.minimum for knob in self.knobs], np.float32)
        return low, np.array([knob.maximum for knob in self.knobs], np.float32)

    def require(self, other: Space, what: str) -> None:
        """Raise InputError naming the parameters in which `other`'s schema differs."""
        same = (self.synth, self.schema_hash, self.knobs)
        if same == (other.synth, other.schema_hash, other.knobs):
            return
        if self.synth != other.synth:
            raise InputError(
                f"{what} is of {other.synth}; this model is of {self.synth}", code="bad_schema"
            )
        raise InputError(
            f"{what} has another schema of {self.synth} than this model: "
            + "; ".join(differences(self.knobs, other.knobs) or ("the version differs",)),
            code="bad_schema",
        )


def differences(
    ours: Sequence[SynthParameter], theirs: Sequence[SynthParameter]
) -> tuple[str, ...]:
    """What changed between two lists of parameters, the first few named."""
    mine, yours = ({knob.name: knob for knob in side} for side in (ours, theirs))
    found = {
        "missing": [name for name in mine if name not in yours],
        "new": [name for name in yours if name not in mine],
        "different": [name for name in mine if name in yours and mine[name] != yours[name]],
    }
    sentences = [f"{what}: {_listed(names)}" for what, names in found.items() if names]
    if not sentences and [k.name for k in ours] != [k.name for k in theirs]:
        sentences = ["the order differs"]
    return tuple(sentences)


def _listed(names: list[str]) -> str:
    """The first few names, and how many more."""
    more = len(names) - MAX_NAMED
    return ", ".join(names[:MAX_NAMED]) + (f" and {more} more" if more > 0 else "")
