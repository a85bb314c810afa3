"""Which of a search's candidates are returned: good ones that sound different."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from starling.models.errors import PluginError
from starling.presets.features.spectral_loss import SpectralTarget
from starling.presets.formats.schema import Schema
from starling.presets.match.parameter_vector import SearchSpace, Vector

APART = 0.08  # mean distance over the parameters, as a part of their ranges: worth a listen
CANDIDATES = 4  # rendered for each requested variant
SOUNDS_APART = 0.5  # of the best loss: nearer to each other than that is the same variant


@dataclass(frozen=True, slots=True)
class EvaluatedCandidate:
    """A preset and its loss, in dB."""

    vector: Vector
    values: Mapping[str, float]
    loss: float


@dataclass(frozen=True, slots=True)
class Variant:
    """A preset near the target; `note` and `held` (s) are how it was played; audio (2, frames)."""

    name: str
    values: Mapping[str, float]
    loss: float
    note: int
    held: float
    audio: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Difference:
    """A parameter that two presets set differently; `by` is in parts of its range."""

    name: str
    before: float
    after: float
    by: float


def distinct(
    evaluated: Sequence[EvaluatedCandidate],
    limit: float,
    count: int,
    play: Callable[[str, EvaluatedCandidate], Variant],
) -> list[Variant]:
    """At most `count` presets no farther away than `limit`, the nearest first, with their sounds.

    The best one is always the first. Each other lies apart from those before it, in its parameters
    and in its sound.
    """
    ordered = sorted((each for each in evaluated if each.loss <= limit), key=lambda each: each.loss)
    candidates = _apart(ordered, CANDIDATES * count)
    least = SOUNDS_APART * ordered[0].loss
    chosen: list[Variant] = []
    for candidate in candidates:
        try:
            variant = play("", candidate)
        except PluginError:
            continue  # it played when it was scored: a plugin that crashes now and then
        reference = SpectralTarget(variant.audio.mean(axis=0))
        if all(reference.loss(other.audio) > least for other in chosen):
            chosen.append(variant)
        if len(chosen) == count:
            break
    return chosen


def _apart(ordered: Sequence[EvaluatedCandidate], count: int) -> list[EvaluatedCandidate]:
    """The first ones that lie apart in their parameters."""
    chosen: list[EvaluatedCandidate] = []
    for each in ordered:
        if all(np.abs(each.vector - other.vector).mean() > APART for other in chosen):
            chosen.append(each)
        if len(chosen) == count:
            break
    return chosen


def differences(
    schema: Schema, before: Mapping[str, float], after: Mapping[str, float]
) -> list[Difference]:
    """The parameters that two presets set differently, the farthest moved first."""
    space = SearchSpace(schema)
    moved = np.abs(space.vector(after) - space.vector(before))
    names = [parameter.name for parameter in space.parameters]
    first, second = schema.validate(before), schema.validate(after)
    found = [
        Difference(name, first[name], second[name], float(by))
        for name, by in zip(names, moved, strict=True)
        if by > 0
    ]
    return sorted(found, key=lambda each: -each.by)
