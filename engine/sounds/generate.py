"""From a recipe to a sound: the store first, then the model. Models load once and stay warm.

In: a `Recipe`. Out: a `StoredSound`, whose fields `server/handlers` sends back in done.
Next: `store`, which keeps the WAV file, and the model's own `generator.py` under `models`.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NoReturn

import numpy as np
from numpy.typing import NDArray

from starling.engine.sounds.loaded_models import (
    Generator,
    Latent,
    Loader,
    as_latent,
    load_quietly,
)
from starling.engine.sounds.passage import NO_PASSAGE, Passage
from starling.engine.sounds.primes import stored_prime
from starling.engine.sounds.recipe import (
    MAX_RECIPE,
    Recipe,
    check_seed,
    parse_recipe,
    rounded,
    sorted_controls,
)
from starling.engine.sounds.takes import (
    Stopped,
    TexturePlayer,
    in_texture,
    rendered,
    take_part,
)
from starling.models.artifacts.controls import canonical
from starling.models.datasets import general_midi
from starling.models.errors import InputError
from starling.models.samplernn.take import substitute

if TYPE_CHECKING:  # the CLI's start must not pay for what it does not use
    from starling.engine.sounds.store import SoundStore, StoredSound
    from starling.models.artifacts.catalogue import ModelCard
    from starling.models.oneshot.latent_point import Point

HASH_SHOWN = 12  # digits of a weights hash in sentences, as on cards


class Generators:
    """The models of a catalogue, each loaded at its first use. Safe from any thread."""

    def __init__(self, cards: Mapping[str, ModelCard], load: Loader = load_quietly) -> None:
        self.cards = dict(cards)
        self._load = load
        self._lock = threading.Lock()  # one model loads at a time
        self._loaded: dict[str, tuple[ModelCard, Generator]] = {}  # with the card it was made by

    def renew(self, cards: Mapping[str, ModelCard]) -> None:
        """Take over a catalogue that was read again; changed models are loaded anew."""
        self.cards = dict(cards)

    @property
    def one_shots(self) -> dict[str, ModelCard]:
        """The cards of the models that are no textures."""
        return {name: card for name, card in self.cards.items() if not card.is_texture}

    def card(self, model: str) -> ModelCard:
        """The card of a model; raises InputError (code `unknown_model`)."""
        if model not in self.cards:
            known = ", ".join(self.cards) or "none; `starling doctor` says why"
            raise InputError(f"no model {model!r}; there are: {known}", code="unknown_model")
        return self.cards[model]

    def has(self, model: str, weights: str) -> bool:
        """Whether the model has these weights now."""
        return model in self.cards and self.cards[model].weights_hash == weights

    def get(self, model: str, weights: str = "") -> Generator:
        """The loaded model, where `weights` are named of these alone.

        Raises InputError (code `other_weights` where the model was trained again), MissingError or
        ParseError.
        """
        card = self.card(model)
        if weights not in ("", card.weights_hash):
            _refuse(weights, card.render, card)
        held = self._loaded.get(model)
        if held is None or held[0] != card:
            with self._lock:
                held = self._loaded.get(model)
                if held is None or held[0] != card:
                    held = self._loaded[model] = (card, self._load(card))
        return held[1]

    def is_warm(self, model: str) -> bool:
        """Whether `get` answers at once."""
        return model in self._loaded and self._loaded[model][0] == self.cards.get(model)

    def latent(self, model: str) -> Latent:
        """The loaded model, if it has a latent space; raises as `get`, and code `no_latent`."""
        return as_latent(self.get(model), self.card(model))

    def texture(self, model: str, weights: str = "") -> TexturePlayer:
        """The loaded model of a texture; raises as `get`, and code `not_texture`."""
        self.texture_card(model)
        player = self.get(model, weights)
        assert isinstance(player, TexturePlayer), f"{model} has no voices"
        return player

    def texture_card(self, model: str) -> ModelCard:
        """The card of a texture; raises InputError (codes `unknown_model`, `not_texture`)."""
        card = self.card(model)
        if not card.is_texture:
            known = ", ".join(each.name for each in self.cards.values() if each.is_texture)
            raise InputError(
                f"model {model} makes one-shots, not textures; textures are: {known or 'none'}",
                code="not_texture",
            )
        return card

    def recipe(
        self,
        model: str,
        seed: int,
        controls: Mapping[str, float],
        point: Point | None = None,
        passage: Passage = NO_PASSAGE,
    ) -> Recipe:
        """The checked recipe, from the card alone: a stored sound needs no model.

        Raises InputError with the codes `unknown_model`, `bad_seed`, `bad_control`, `bad_point`;
        `not_texture` for a passage of another model.
        """
        card = self.card(model)
        check_seed(seed)
        given = {name: rounded(value) for name, value in controls.items()}
        if point is not None:
            given |= _kind(card, point)
        if passage != NO_PASSAGE:
            passage, given = in_texture(self.texture_card(model), passage, given)
        full = sorted_controls(canonical(card, given))
        recipe = Recipe(
            *(model, card.weights_hash, card.render, seed, full, point, passage),
            player=played_by(card),
        )
        if point is not None and len(recipe.json) > MAX_RECIPE:
            raise InputError(
                f"a point of {model} is too long: its recipe would take {len(recipe.json)} bytes, "
                f"at most {MAX_RECIPE} fit in a message",
                code="bad_point",
            )
        return recipe

    def known(self, text: str) -> Recipe:
        """The recipe that a client sent, if it is of a model and weights that are here.

        Raises InputError as `parse_recipe` and `recipe`, and with the code `other_weights`.
        """
        sent = parse_recipe(text)
        card = self.card(sent.model)
        if (sent.weights, sent.render) != (card.weights_hash, card.render):
            _refuse(sent.weights, sent.render, card)
        if sent.player != played_by(card):
            made, here = (each or "the compiled kernel" for each in (sent.player, played_by(card)))
            raise InputError(
                f"the sound was made by {made[:80]}, and here {here} plays model {card.name}, "
                "whose samples are others",
                code="other_weights",
            )
        return self.recipe(sent.model, sent.seed, dict(sent.controls), sent.point, sent.passage)

    def render(
        self,
        recipe: Recipe,
        prime: NDArray[np.float32] | None = None,
        stopped: Stopped = lambda: False,
    ) -> NDArray[np.float32]:
        """The sound of a recipe (channels, frames); raises as `get`, of a point as `latent`.

        `prime` (frames,) are the samples of the recipe's prime. A texture ends with a
        CancelledError once `stopped` says so.
        """
        controls = dict(recipe.controls)
        if self.card(recipe.model).is_texture:
            [(_, audio)] = self.render_all([recipe], prime, stopped)
            return audio
        player = self.get(recipe.model, recipe.weights)
        if recipe.point is None:
            return player.generate(recipe.seed, controls)
        latent = as_latent(player, self.card(recipe.model))
        return latent.generate(recipe.seed, controls, recipe.point)

    def render_all(
        self,
        recipes: Sequence[Recipe],
        prime: NDArray[np.float32] | None = None,
        stopped: Stopped = lambda: False,
    ) -> Iterator[tuple[int, NDArray[np.float32]]]:
        """The sounds of one model's recipes, each with its index; textures as one batch.

        They come as they are ready. Raises as `render`.
        """
        card = self.card(recipes[0].model)
        if not card.is_texture:
            yield from ((at, self.render(recipe)) for at, recipe in enumerate(recipes))
            return
        parts = [take_part(recipe, card.sample_rate, prime) for recipe in recipes]
        yield from rendered(self.texture(card.name, recipes[0].weights), parts, stopped)


def played_by(card: ModelCard) -> str:
    """The `player` of a model's recipes."""
    return substitute() if card.is_texture else ""


def _refuse(weights: str, render: int, card: ModelCard) -> NoReturn:
    """Raise InputError (code `other_weights`): a sound is not of what the model is now."""
    raise InputError(
        f"the sound was made by the weights {weights[:HASH_SHOWN]!r} of model {card.name}, played "
        f"by version {render} of the code; here are the weights "
        f"{card.weights_hash[:HASH_SHOWN]!r}, version {card.render}",
        code="other_weights",
    )


def _kind(card: ModelCard, point: Point) -> dict[str, float]:
    """The control `kind` of a point: its largest class, so that equal sounds have equal recipes."""
    kind = next((each for each in card.controls if each.name == "kind"), None)
    if kind is None:
        return {}
    places = {}
    for name, _ in point.kinds:
        label = next((each for each in (general_midi.title(name), name) if each in kind.labels), "")
        if not label:
            raise InputError(
                f"the point is of the class {name[:80]!r}, which model {card.name} does not have",
                code="bad_point",
            )
        places[name] = float(kind.labels.index(label))
    return {"kind": places[point.kind]}


def stored(
    store: SoundStore, recipe: Recipe, holder: object = None, *, quick: bool = False
) -> StoredSound | None:
    """The recipe's sound if the store has it; with `quick`, see `SoundStore.get`."""
    return store.get(recipe.id, holder, quick=quick)


def make(
    store: SoundStore,
    generators: Generators,
    recipe: Recipe,
    holder: object = None,
    stopped: Stopped = lambda: False,
) -> StoredSound:
    """The recipe's sound, from the store or made now and stored; held for `holder`.

    Raises StarlingError (code `store_full`) when there is no room for it.
    """
    found = stored(store, recipe, holder)
    if found is not None:
        return found
    card = generators.card(recipe.model)
    audio = generators.render(recipe, stored_prime(store, recipe.passage.prime), stopped)
    return store.put(
        recipe.id, audio, card.sample_rate, root=card.root, recipe=recipe.json, holder=holder
    )


def samples(
    store: SoundStore | None, generators: Generators, recipe: Recipe
) -> NDArray[np.float32]:
    """The samples (channels, frames) of a recipe, stored if there is room for it.

    An engine may use the same folder, and what its clients hold must not be evicted.
    """
    audio = store.samples(recipe.id) if store is not None else None
    if audio is not None:
        return audio
    audio = generators.render(recipe, stored_prime(store, recipe.passage.prime))
    if store is not None:
        card = generators.card(recipe.model)
        store.offer(recipe.id, audio, card.sample_rate, root=card.root, recipe=recipe.json)
    return audio
