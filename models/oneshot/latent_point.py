"""Where a sound lies in a one-shot model's latent space: to vary it, and to morph between two.

Pure numbers, without torch. The latent is what a seed would have drawn, N(0, 1) in every direction:
the noise of which the prior makes the network's latent and its descriptors. A point may lie between
classes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from starling.models.errors import InputError

REACH = 6.0  # standard deviations: numbers further out are refused or clipped
MIN_SHARE = 1e-3  # of a class; smaller ones are dropped
ROUNDING = 1e-6  # by which float32 shares may miss 1
MAX_LATENT = 1024


@dataclass(frozen=True, slots=True)
class Point:
    """`kinds` are shares of classes by name, summing to 1; `latent` as above."""

    kinds: tuple[tuple[str, float], ...]
    latent: tuple[float, ...]

    @property
    def kind(self) -> str:
        """The class that has the largest share."""
        return max(self.kinds, key=lambda kind: kind[1])[0]

    def fields(self) -> dict[str, Any]:
        """The fields of its JSON form."""
        return {"kinds": dict(self.kinds), "latent": list(self.latent)}


def point_of(kinds: Mapping[str, float], latent: object) -> Point:
    """A point in its canonical form: float32 numbers, classes sorted, shares summing to 1.

    Raises InputError where a number is missing, not finite or out of range.
    """
    numbers = np.asarray(latent, np.float64).reshape(-1)
    if not 1 <= len(numbers) <= MAX_LATENT or not np.abs(numbers).max() <= REACH:
        raise InputError(
            f"a latent must be 1 to {MAX_LATENT} numbers within {REACH:g} of 0", code="bad_point"
        )
    given = {name: float(share) for name, share in kinds.items()}
    total = math.fsum(given.values())
    if not 0 < total < math.inf or min(given.values()) < 0:
        raise InputError("a point needs classes with shares above 0", code="bad_point")
    shares = {name: share for name, share in given.items() if share >= MIN_SHARE * total}
    total = math.fsum(shares.values())
    if abs(total - 1) < ROUNDING:  # a point that was read back stays what it was
        total = 1.0
    whole = tuple((name, _rounded(shares[name] / total)) for name in sorted(shares))
    return Point(whole, tuple(_rounded(number) for number in numbers))


def parse(fields: object) -> Point:
    """A point from its JSON fields. Raises InputError (code `bad_point`)."""
    try:
        kinds, latent = fields["kinds"], fields["latent"]  # type: ignore[index]
        return point_of({str(name): float(share) for name, share in kinds.items()}, latent)
    except InputError:
        raise
    except (TypeError, KeyError, ValueError, AttributeError, OverflowError) as error:
        raise InputError(
            "a point must have kinds (shares by class) and latent (numbers)", code="bad_point"
        ) from error


def vary(point: Point, amount: float, seed: int) -> Point:
    """A neighbour: at 0 the same, at 1 any other sound of its classes.

    The mixture of old and new keeps the length that latents have (N(0, 1) in every direction).
    """
    if not 0 <= amount <= 1:
        raise InputError(f"amount must be 0..1, got {amount!r}", code="bad_point")
    drawn = np.random.Generator(np.random.Philox(key=[seed, 1])).standard_normal(len(point.latent))
    moved = math.sqrt(1 - amount * amount) * np.array(point.latent) + amount * drawn
    return point_of(dict(point.kinds), np.clip(moved, -REACH, REACH))


def morph(one: Point, other: Point, place: float) -> Point:
    """The point at `place` (0: one, 1: other) on the way, along the arc rather than the chord.

    Raises InputError where they are of different models.
    """
    if not 0 <= place <= 1:
        raise InputError(f"a place must be 0..1, got {place!r}", code="bad_point")
    if len(one.latent) != len(other.latent):
        raise InputError("the two sounds are of different models", code="bad_point")
    first, last = dict(one.kinds), dict(other.kinds)
    kinds = {
        name: (1 - place) * first.get(name, 0.0) + place * last.get(name, 0.0)
        for name in {*first, *last}
    }
    return point_of(kinds, _arc(np.array(one.latent), np.array(other.latent), place))


def _arc(a: np.ndarray[Any, Any], b: np.ndarray[Any, Any], place: float) -> Any:
    """Spherical interpolation of direction, straight interpolation of length.

    White, "Sampling generative networks" (arXiv 1609.04468): the middle of the chord would be an
    unusually average sound.
    """
    long_a, long_b = float(np.linalg.norm(a)), float(np.linalg.norm(b))
    length = (1 - place) * long_a + place * long_b
    cosine = float(a @ b) / max(long_a * long_b, 1e-12)
    angle = math.acos(min(1.0, max(-1.0, cosine)))
    if math.sin(angle) < 1e-4 or min(long_a, long_b) < 1e-9:
        return np.clip((1 - place) * a + place * b, -REACH, REACH)
    mixed = math.sin((1 - place) * angle) * a / long_a + math.sin(place * angle) * b / long_b
    return np.clip(mixed / math.sin(angle) * length, -REACH, REACH)


def _rounded(value: float) -> float:
    """The shortest decimal that reads back as the same float32; no negative zero."""
    return float(str(np.float32(value))) + 0.0
