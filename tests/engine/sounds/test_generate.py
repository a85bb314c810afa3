import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tiny

from starling.engine.sounds.control_text import (
    controls_json,
    distinct,
    parse_control,
    with_key,
)
from starling.engine.sounds.generate import Generators, make, samples, stored
from starling.engine.sounds.loaded_models import Generator
from starling.engine.sounds.passage import Passage
from starling.engine.sounds.recipe import Recipe
from starling.engine.sounds.store import SoundStore
from starling.models.artifacts.catalogue import Control, ModelCard, catalogue, load_generator
from starling.models.errors import InputError
from starling.models.kernels import library
from starling.models.samplernn.take import substitute

CARD = ModelCard(
    "tone",
    "Tone",
    "ab12",
    8_000,
    60,
    (
        Control("kind", "Kind", 0, 2, 0, ("By key", "Low", "High")),
        Control("size", "Size", 0, 1, 0.5),
        Control("key", "Key", 0, 127, 36),
    ),
    Path("tone.json"),
    keys=(0,) * 64 + (1,) * 64,
)


class Tone:
    """Counts how often it is loaded and asked."""

    loads = 0
    calls = 0

    def __init__(self, card: ModelCard) -> None:
        type(self).loads += 1

    def generate(self, seed: int, controls: dict[str, float]) -> np.ndarray:
        type(self).calls += 1
        return np.full((1, 100), (seed % 7) / 10, np.float32)


@pytest.fixture
def tone() -> type[Tone]:
    return type("FreshTone", (Tone,), {"loads": 0, "calls": 0})


def test_a_model_is_loaded_once_by_whoever_comes_first(tone: type[Tone]) -> None:
    generators = Generators({"tone": CARD}, tone)
    assert not generators.is_warm("tone")
    found: list[Generator] = []
    threads = [
        threading.Thread(target=lambda: found.append(generators.get("tone"))) for _ in range(8)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(set(map(id, found))) == 1 and tone.loads == 1
    assert generators.is_warm("tone")


def test_a_retrained_model_is_loaded_anew(tone: type[Tone]) -> None:
    generators = Generators({"tone": CARD}, tone)
    generators.get("tone")
    generators.renew({"tone": CARD, "new": replace(CARD, name="new")})
    assert generators.is_warm("tone") and "new" in generators.cards
    generators.renew({"tone": replace(CARD, weights_hash="ff00")})
    assert not generators.is_warm("tone")
    assert generators.recipe("tone", 1, {}).weights == "ff00"
    generators.renew({})
    with pytest.raises(InputError):
        generators.get("tone")


def test_a_sound_is_made_once_and_then_fetched(tone: type[Tone], tmp_path: Path) -> None:
    generators, store = Generators({"tone": CARD}, tone), SoundStore(tmp_path)
    recipe = generators.recipe("tone", 3, {})
    assert stored(store, recipe) is None
    made = make(store, generators, recipe)
    assert make(store, generators, recipe) == stored(store, recipe) == made
    assert tone.calls == 1
    assert (made.rate, made.root, made.recipe) == (8_000, 60, recipe.json)


def test_a_guest_of_the_store_never_evicts(tone: type[Tone], tmp_path: Path) -> None:
    generators, store = Generators({"tone": CARD}, tone), SoundStore(tmp_path)
    one, two = (generators.recipe("tone", seed, {}) for seed in (1, 2))
    first = samples(store, generators, one)
    assert np.array_equal(samples(store, generators, one), first) and tone.calls == 1
    assert np.array_equal(samples(None, generators, one), first) and tone.calls == 2
    full = SoundStore(tmp_path, budget_bytes=store.total_bytes)
    assert samples(full, generators, two).shape == first.shape
    assert len(full) == 1 and full.get(one.id) is not None


def test_another_version_of_the_code_makes_another_sound(tone: type[Tone], tmp_path: Path) -> None:
    """The same weights, seed and controls: an updated Starling must not serve the old sound."""
    store = SoundStore(tmp_path)
    before = Generators({"tone": CARD}, tone)
    after = Generators({"tone": replace(CARD, render=CARD.render + 1)}, tone)
    old = make(store, before, before.recipe("tone", 3, {}))
    new = make(store, after, after.recipe("tone", 3, {}))
    assert tone.calls == 2
    assert old.id != new.id and json.loads(new.recipe)["render"] == CARD.render + 1


def test_a_sound_of_weights_that_have_gone_is_not_made_by_others(tone: type[Tone]) -> None:
    """A job may wait in the queue while its model is trained again."""
    generators = Generators({"tone": CARD}, tone)
    old = generators.recipe("tone", 3, {})
    generators.renew({"tone": replace(CARD, weights_hash="cd34")})
    with pytest.raises(InputError, match=r"'ab12'.*'cd34'") as caught:
        generators.render(old)
    assert caught.value.code == "other_weights" and tone.loads == 0
    assert generators.render(generators.recipe("tone", 3, {})).shape == (1, 100)


@pytest.fixture
def without_kernel(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """As on a machine that has no C++ compiler."""
    caches = (library.library, substitute)
    monkeypatch.setattr(library, "FOLDER", tmp_path / "none")
    for each in caches:
        each.cache_clear()
    yield
    for each in caches:
        each.cache_clear()


@pytest.fixture
def of_the_kernel(tmp_path: Path) -> Recipe:
    if not library.available():
        pytest.skip("the kernel is not compiled")
    made = Generators({"tiny": tiny.card(tmp_path)}, load_generator)
    recipe = made.recipe("tiny", 5, {}, passage=Passage(span=(0, 400)))
    make(SoundStore(tmp_path / "store"), made, recipe)
    return recipe


def test_a_texture_of_pytorch_is_not_taken_for_the_one_of_the_kernel(
    of_the_kernel: Recipe, without_kernel: None, tmp_path: Path
) -> None:
    """Seed, weights and controls are equal, the samples are not."""
    store, here = SoundStore(tmp_path / "store"), Generators({"tiny": tiny.card(tmp_path)})
    recipe = here.recipe("tiny", 5, {}, passage=Passage(span=(0, 400)))
    assert (of_the_kernel.player, recipe.player) == ("", "pytorch")
    assert stored(store, recipe) is None and stored(store, of_the_kernel) is not None
    made = make(store, here, recipe)
    assert made.path.read_bytes() != store.path(of_the_kernel.id).read_bytes()
    assert here.known(recipe.json) == recipe
    with pytest.raises(InputError, match="by the compiled kernel, and here pytorch") as caught:
        here.known(of_the_kernel.json)
    assert caught.value.code == "other_weights"


def test_recipes_are_canonical(tone: type[Tone]) -> None:
    generators = Generators({"tone": CARD}, tone)
    assert generators.recipe("tone", 3, {"key": 99}) == generators.recipe("tone", 3, {"kind": 2})
    assert generators.recipe("tone", 3, {"size": np.float32(0.1)}).controls[2] == ("size", 0.1)
    assert tone.loads == 0


def test_an_unknown_model_is_told_the_known(tone: type[Tone]) -> None:
    with pytest.raises(InputError, match="there are: tone") as caught:
        Generators({"tone": CARD}, tone).recipe("drum", 3, {})
    assert caught.value.code == "unknown_model"
    assert tone.loads == 0


@pytest.mark.parametrize(
    ("text", "value"), [("kind=high", 2.0), ("kind=Low", 1.0), ("kind=0.5", 0.5), ("key=38", 38.0)]
)
def test_controls_are_read_as_people_write_them(text: str, value: float) -> None:
    assert parse_control(CARD, text) == (text.split("=")[0], value)


@pytest.mark.parametrize("text", ["kind", "colour=1", "kind=", "kind=loud", "=1", ""])
def test_other_controls_are_refused_with_what_is_allowed(text: str) -> None:
    with pytest.raises(InputError, match=r"Low, High|kind, size, key") as caught:
        parse_control(CARD, text)
    assert caught.value.code == "bad_control"


def test_a_control_given_twice_is_refused() -> None:
    assert distinct([("a", 1), ("b", 2)]) == {"a": 1, "b": 2}
    with pytest.raises(InputError, match="'a' is given twice"):
        distinct([("a", 1), ("a", 2)])


def test_the_key_goes_only_to_models_that_ask() -> None:
    assert with_key(CARD, {"kind": 1.0}, 38) == {"kind": 1.0, "key": 38.0}
    deaf = ModelCard("deaf", "Deaf", "ab", 8_000, 60, CARD.controls[:1], Path("deaf.json"))
    assert with_key(deaf, {"kind": 1.0}, 38) == {"kind": 1.0}
    with pytest.raises(InputError):
        with_key(CARD, {}, 128)


def test_the_wire_tells_controls_as_the_table_says() -> None:
    kind, _, key = json.loads(controls_json(CARD))
    assert kind["labels"] == ["By key", "Low", "High"]
    assert key == {"name": "key", "title": "Key", "min": 0, "max": 127, "default": 36}


def test_the_shipped_drums_are_told_apart_by_key_and_repeat(tmp_path: Path) -> None:
    """The real model through the real store: same recipe, same bytes, also in a second process."""
    cards = catalogue()
    generators = Generators(cards)
    snare = generators.recipe("drums", 1, with_key(cards["drums"], {}, 38))
    assert snare == generators.recipe(
        "drums", 1, dict([parse_control(cards["drums"], "kind=snare")])
    )
    assert snare != generators.recipe("drums", 1, with_key(cards["drums"], {}, 36))
    one = make(SoundStore(tmp_path / "1"), generators, snare)
    two = make(SoundStore(tmp_path / "2"), Generators(cards), snare)
    assert one.path.read_bytes() == two.path.read_bytes()
