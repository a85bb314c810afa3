"""Trained baselines as instruments: the same bytes for a seed, no knobs, and cards that lie."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from baseline_sizes import FRONT, TINY, write_sounds

from starling.engine.sounds.control_text import controls_json, parse_control, with_key
from starling.engine.sounds.generate import Generators
from starling.engine.sounds.recipe import Recipe
from starling.models.artifacts import catalogue
from starling.models.baselines import data, publish, train
from starling.models.baselines.generator import Generator
from starling.models.errors import InputError, MissingError, ParseError

KINDS = tuple(TINY)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One model of each kind, trained for one step."""
    root = tmp_path_factory.mktemp("baselines")
    sounds = data.load(write_sounds(root / "sounds"), FRONT)
    for kind, config in TINY.items():
        settings = train.Settings(steps=1, threads=1)
        result = train.train(kind, sounds, config, settings, root / kind)
        name = kind.replace("_", "-")
        publish.publish(root, name, "", kind, "tiny", sounds, result, settings, "train")
    return root


def loaded(folder: Path, kind: str) -> Generator:
    player = catalogue.load_generator(catalogue.catalogue(folder)[kind.replace("_", "-")])
    assert isinstance(player, Generator)
    return player


@pytest.mark.parametrize("kind", KINDS)
def test_a_seed_is_a_sound(folder: Path, kind: str) -> None:
    player = loaded(folder, kind)
    sound = player.generate(5, {})
    assert sound.shape == (1, FRONT.samples) and sound.dtype == np.float32
    assert np.abs(sound).max() == pytest.approx(0.9)
    assert sound.tobytes() == loaded(folder, kind).generate(5, {}).tobytes()
    assert sound.tobytes() != player.generate(6, {}).tobytes()


def test_threads_and_processes_do_not_change_bytes(folder: Path) -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    ours = hashlib.sha256(loaded(folder, "dense_gan").generate(9, {}).tobytes()).hexdigest()
    torch.set_num_threads(before)
    code = (
        "import hashlib; from pathlib import Path; from starling.models.artifacts import catalogue;"
        f"card = catalogue.read(Path({str(folder / 'dense-gan.json')!r}));"
        "sound = catalogue.load_generator(card).generate(9, {});"
        "print(hashlib.sha256(sound.tobytes()).hexdigest())"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == ours


@pytest.mark.parametrize("seed", [-1, 2**31, 1.5, True])
def test_bad_seed(folder: Path, seed) -> None:
    with pytest.raises(InputError) as caught:
        loaded(folder, "dense_gan").generate(seed, {})
    assert caught.value.code == "bad_seed"


def test_there_are_no_knobs(folder: Path) -> None:
    with pytest.raises(InputError, match="no control 'kind'; it has none"):
        loaded(folder, "dense_gan").generate(0, {"kind": 1.0})


def test_weights_that_burst_are_silence(folder: Path) -> None:
    player = loaded(folder, "dense_gan")
    with torch.no_grad():
        for each in player.decoder.parameters():
            each.fill_(torch.inf)
    sound = player.generate(0, {})
    assert sound.shape == (1, FRONT.samples) and not sound.any()


def test_the_engine_plays_a_card_without_controls(folder: Path) -> None:
    models = Generators(catalogue.catalogue(folder))
    card = models.card("spectral-vae")
    assert card.controls == () and controls_json(card) == "[]"
    assert with_key(card, {}, 60) == {}
    recipe = models.recipe("spectral-vae", 3, {})
    assert isinstance(recipe, Recipe) and recipe.controls == ()
    assert models.render(recipe).shape == (1, FRONT.samples)
    with pytest.raises(InputError, match="has no knobs"):
        parse_control(card, "kind=snare")


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "timbre"},
        {"kind": "oneshot"},
        {"kind": "spectral_vae"},
        {"config": {}},
        {"config": {"latent": 5}},
        {"config": {"latent": "many"}},
        {"config": {"front": {"step": 0}}},
        {"config": {"front": None}},
        {"config": {"layers": [10**9]}},
    ],
    ids=str,
)
def test_cards_that_do_not_fit_are_refused(folder: Path, tmp_path: Path, changes: dict) -> None:
    card = json.loads((folder / "dense-gan.json").read_text())
    inner = changes.get("config")
    if inner:
        front = inner.get("front", {})
        merged = {**card["config"]["front"], **front} if front is not None else None
        changes = {"config": {**card["config"], **inner, "front": merged}}
    (tmp_path / "dense-gan.json").write_text(json.dumps({**card, **changes}))
    (tmp_path / card["weights"]).write_bytes((folder / card["weights"]).read_bytes())
    with pytest.raises(ParseError):
        catalogue.load_generator(catalogue.read(tmp_path / "dense-gan.json"))


def test_weights_that_are_absent(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "dense-gan.json").write_bytes((folder / "dense-gan.json").read_bytes())
    with pytest.raises(MissingError):
        catalogue.load_generator(catalogue.read(tmp_path / "dense-gan.json"))
