"""Variations of a texture: other takes that go on from it.

Textures have no latent space. What makes a take sound like another is what it has heard before it
begins, so a variation goes on from the end of the sound: from all of it when it should stay near,
from nothing when it may be any other. Seeds differ, controls stay.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from starling.engine.sounds.passage import Passage
from starling.engine.sounds.primes import Prime, prime_of
from starling.engine.sounds.recipe import Recipe, fresh_seed
from starling.engine.sounds.takes import Stopped

if TYPE_CHECKING:
    from starling.engine.sounds.generate import Generators
    from starling.engine.sounds.latent_edits import VariationRequest

Array = NDArray[np.float32]
Keep = Callable[[Prime], object]


def varied(
    generators: Generators,
    recipe: Recipe,
    audio: Array,
    request: VariationRequest,
    keep: Keep,
    stopped: Stopped = lambda: False,
) -> Iterator[tuple[Recipe, Array]]:
    """Variations of a sound (1, frames), each with its recipe; more begin with the same ones.

    `keep` stores the prime that their recipes name. Amount 0 is the sound itself. Raises InputError
    (code `silent` for silence), CancelledError when `stopped` says so.
    """
    if not request.amount:
        yield from ((recipe, audio) for _ in range(request.count))
        return
    rate = generators.texture_card(recipe.model).sample_rate
    prime = _end_of(audio, rate, 1 - request.amount)
    if prime is not None:
        keep(prime)
    passage = Passage(prime.id if prime else "", (0, audio.shape[1]))
    controls = _controls_at_the_end(recipe)
    recipes = [
        generators.recipe(recipe.model, fresh_seed(request.seed, at, 0), controls, passage=passage)
        for at in range(request.count)
    ]
    samples = prime.samples if prime else None
    for at, made in generators.render_all(recipes, samples, stopped):
        yield recipes[at], made


def _end_of(audio: Array, rate: int, share: float) -> Prime | None:
    """The last part of a sound as a prime; None where it would be empty."""
    frames = round(share * audio.shape[1])
    if not frames:
        return None
    return prime_of(audio[0, -frames:], rate, rate, frames / rate, "the sound")


def _controls_at_the_end(recipe: Recipe) -> dict[str, float]:
    """The controls as they were turned last."""
    controls, turns = dict(recipe.controls), recipe.passage.turns
    for _, values in turns if isinstance(turns, tuple) else ():
        controls |= dict(values)
    return controls
