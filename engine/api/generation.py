"""`starling.generate` and `starling.models`: sounds of models, without an engine or a store."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from starling.engine.api.arguments import frames_of, whole
from starling.engine.api.values import Model, Sound, StrPath
from starling.engine.config import folders
from starling.engine.music.chip_controls import played
from starling.engine.sounds.automation import Curve, automated, checked, start_values
from starling.engine.sounds.control_text import distinct, parse_control
from starling.engine.sounds.generate import Generators
from starling.engine.sounds.passage import Passage
from starling.engine.sounds.primes import Prime, is_of_a_model, kept_prime, prime_of, read_prime
from starling.engine.sounds.store import SoundStore
from starling.engine.wire.failure_codes import translated
from starling.engine.wire.protocol import MAX_SEED
from starling.models.artifacts.card_file import read_card
from starling.models.artifacts.catalogue import ModelCard, catalogue, composers, load_generator
from starling.models.dsp.signal import to_mono
from starling.models.errors import InputError


@translated()
def generate(
    model: str,
    /,
    *,
    seed: int | None = None,
    prime: StrPath | Sound | None = None,
    automation: Mapping[str, Curve] | None = None,
    **controls: float | str,
) -> Sound:
    """Make a sound that did not exist before, as `starling generate` does, to the byte.

    A control takes a number in its range, or a label of a choice: `kind="snare"`. Without a seed
    it is a new sound each time. A texture is `seconds=` long, and goes on from the last 60 s of a
    `prime`, a sound file or a Sound; `automation` moves its controls along lines between
    breakpoints (seconds, value): `{"temperature": [(0, 0.7), (20, 1.2)]}`. The model stays loaded.
    Raises InputError (codes `unknown_model`, `bad_seed`, `bad_control`, `not_texture`, `silent`),
    MissingError and ParseError.
    """
    loaded = generators()
    card = loaded.card(model)
    curves = {name: checked(name, curve) for name, curve in (automation or {}).items()}
    if curves:
        loaded.texture_card(model)
    steady = (parse_control(card, f"{name}={value}") for name, value in controls.items())
    chosen = distinct([*steady, *start_values(curves).items()])
    start = None if prime is None else _prime(prime, loaded.texture_card(model))
    passage = Passage(start.id if start else "", turns=automated(card, curves, chosen))
    recipe = loaded.recipe(model, seed_of(seed), chosen, passage=passage)
    audio = loaded.render(recipe, start.samples if start else None)
    return Sound(
        *(audio, card.sample_rate, card.root, recipe.id, recipe.json),
        seed=recipe.seed,
        controls=dict(recipe.controls),
    )


def _prime(sound: StrPath | Sound, card: ModelCard) -> Prime:
    """A prime, kept in the user's store, so that what goes on from it can be made again."""
    store = SoundStore(folders().store)
    if isinstance(sound, Sound):
        seconds = sound.audio.shape[1] / sound.sample_rate
        mono = to_mono(frames_of(sound.audio))
        gain = 1.0 if is_of_a_model(sound.recipe) else card.gain
        prime = prime_of(mono, sound.sample_rate, card.sample_rate, seconds, gain=gain)
    else:
        prime = read_prime(Path(sound), card.sample_rate, card.gain)
    return kept_prime(prime, store)


@translated()
def models() -> list[Model]:
    """The models that make sounds, and after them those that write music (`kind` composer).

    Of each those shipped come first, then the user's own, read from their cards. A user's card that
    cannot be read is left out; `starling doctor` names it.
    """
    place = folders().models
    music = [played(card) for card in composers(place).values()]
    return [_described(card) for card in (*catalogue(place).values(), *music)]


def generators() -> Generators:
    """The loaded models of the user; each is loaded once, and anew where its card has changed.

    They are loaded without the engine's limit on torch's threads, which are the caller's.
    """
    place = folders().models
    held = _held(place)
    held.renew(catalogue(place))
    return held


@cache
def _held(place: Path) -> Generators:
    return Generators({}, load_generator)


def seed_of(seed: int | None) -> int:
    """A seed, or a new one; raises InputError (code `bad_seed`)."""
    if seed is None:
        return secrets.randbelow(MAX_SEED + 1)
    try:
        return whole("seed", seed, least=0)
    except InputError as exc:
        raise InputError(
            f"seed must be a whole number 0..{MAX_SEED}, got {seed!r}", code="bad_seed"
        ) from exc


def _described(card: ModelCard) -> Model:
    fields = (card.name, card.title, card.kind, card.sample_rate, card.root, card.controls)
    return Model(*fields, _licences(card), card.path)


def _licences(card: ModelCard) -> tuple[str, ...]:
    """The licences of what a model was trained on, each once, as its card names them."""
    sources = read_card(card.path)["data"].get("sources")
    named = (
        [each for each in sources if isinstance(each, dict)] if isinstance(sources, list) else []
    )
    return tuple(sorted({str(each["licence"]) for each in named if each.get("licence")}))
