"""Sounds from sounds: encode one, vary it, morph between two, turn a knob. Recipes in, recipes out.

Only the model is used here; `generate.make` then makes the sound of a recipe, or finds it stored.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from starling.engine.sounds import wav
from starling.engine.sounds.recipe import Recipe, check_seed, fresh_seed, rounded
from starling.models.errors import InputError, ParseError
from starling.models.oneshot import latent_point

if TYPE_CHECKING:
    from starling.engine.sounds.generate import Generators
    from starling.models.oneshot.latent_point import Point

MOST_VARIATIONS = 32  # a grid of 8 by 4
ENCODE_SECONDS = 3.0  # read of a file, from its onset on: more than any one-shot lasts
ENCODE_SEED = 0  # of the noise of an encoded sound


@dataclass(frozen=True, slots=True)
class VariationRequest:
    """Which variations: `amount` 0..1, `count` 1..32, and the seed of their directions."""

    amount: float
    count: int
    seed: int

    def __post_init__(self) -> None:
        _check_share("amount", self.amount)
        if not 1 <= self.count <= MOST_VARIATIONS:
            raise InputError(f"count must be 1..{MOST_VARIATIONS}, got {self.count}")
        check_seed(self.seed)


def point_of(generators: Generators, recipe: Recipe) -> Point:
    """Where a sound lies; only a recipe without a point needs its model. Raises as `latent`."""
    if recipe.point is not None:
        return recipe.point
    return generators.latent(recipe.model).point(recipe.seed, dict(recipe.controls))


def varied(generators: Generators, recipe: Recipe, request: VariationRequest) -> Iterator[Recipe]:
    """Neighbours of a sound; more of them begin with the same ones. Noise and knobs stay.

    Raises InputError (code `no_latent` for a model without a latent space).
    """
    here = point_of(generators, recipe)
    for at in range(request.count):
        there = latent_point.vary(here, rounded(request.amount), fresh_seed(request.seed, at, 0))
        yield _moved(generators, recipe, there)


def morphed(generators: Generators, one: Recipe, other: Recipe, x: float, y: float) -> Recipe:
    """Between two sounds: `x` moves the point, `y` the knobs, both 0..1; the noise is the first's.

    Knobs move linearly; those with labels and the key are the nearer sound's. Raises InputError.
    """
    _check_share("x", x)
    _check_share("y", y)
    if one.model != other.model:
        raise InputError(
            f"a morph is between two sounds of one model; these are of {one.model} and "
            f"{other.model}"
        )
    ends = point_of(generators, one), point_of(generators, other)
    here, there, share = dict(one.controls), dict(other.controls), rounded(y)
    nearer = here if share <= 0.5 else there
    knobs = {
        control.name: nearer[control.name]
        if control.labels or control.name == "key"
        else (1 - share) * here[control.name] + share * there[control.name]
        for control in generators.card(one.model).controls
    }
    return generators.recipe(one.model, one.seed, knobs, latent_point.morph(*ends, rounded(x)))


def turned(generators: Generators, recipe: Recipe, controls: Mapping[str, float]) -> Recipe:
    """The sound with some of its knobs turned, everything else as it was; needs no model.

    Raises InputError (code `bad_control`), also for the class of a sound at a point.
    """
    held = dict(recipe.controls)
    if recipe.point is not None and controls.get("kind", 0.0) not in (0.0, held.get("kind")):
        raise InputError(
            "control kind cannot be turned: the sound lies at a point of the latent space, which "
            "has its class; morph it with a sound of the other kind",
            code="bad_control",
        )
    knobs = {**held, **controls}
    return generators.recipe(recipe.model, recipe.seed, knobs, recipe.point, recipe.passage)


def encoded(
    generators: Generators,
    path: Path,
    model: str,
    progress: Callable[[float, str], None],
    cancelled: Callable[[], bool] = lambda: False,
) -> Recipe:
    """The recipe of the model's sound that is nearest to a file's beginning; takes seconds.

    An exception of `progress` ends the work. Raises ParseError (no sound file), MissingError (no
    file), InputError (codes `silent`, `no_latent`, `unknown_model`).
    """
    from starling.presets.search.audio_query import read_onset

    generators.card(model)
    onset = read_onset(path, ENCODE_SECONDS, cancelled)
    progress(0.0, "loading the model")
    latent = generators.latent(model)
    point = latent.encode(
        onset.samples, onset.rate, lambda part: progress(0.95 * part, "listening")
    )
    return generators.recipe(model, ENCODE_SEED, {}, point)


def carried(path: Path) -> str:
    """The recipe that the WAV file of a model's sound carries; "" for any other file."""
    try:
        text = wav.read_header(path).recipe
        kind = json.loads(text)["kind"]
    except (ParseError, ValueError, KeyError, TypeError, RecursionError):
        return ""
    return text if kind == "model" else ""


def _moved(generators: Generators, recipe: Recipe, point: Point) -> Recipe:
    return generators.recipe(recipe.model, recipe.seed, dict(recipe.controls), point)


def _check_share(name: str, value: float) -> None:
    if not 0 <= value <= 1:
        raise InputError(f"{name} must be 0..1, got {value:g}")
