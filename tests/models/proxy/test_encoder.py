"""A proxy on disk: what comes back predicts the same; damage and mismatch are named."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import toy_synth as toy

from starling.models.artifacts import card_file
from starling.models.errors import InputError, MissingError, ParseError
from starling.models.proxy import encoder as proxy
from starling.models.proxy import publish


def fresh(encoder: str = "starling", metric: str = "zscore") -> proxy.Proxy:
    torch.manual_seed(0)
    network = proxy.build(encoder, toy.SPACE, toy.SMALL)
    vectors = toy.embed(toy.sound(toy.draw(50, 0))[:, 0].astype(np.float32))
    scaling = proxy.Scaling.fit(vectors, metric, standardise=encoder == "starling")
    card = proxy.describe(toy.SPACE, encoder, toy.SMALL, "toy/1", toy.NOTES)
    return proxy.Proxy(card, toy.SPACE, network, scaling)


def written(folder: Path, encoder: str = "starling") -> Path:
    return publish.publish(folder, "toy", fresh(encoder), {"command": "x"}, {}, {})


def change(card: Path, **fields: object) -> None:
    held = json.loads(card.read_text())
    held["config"] |= fields
    card.write_text(json.dumps(held))


@pytest.mark.parametrize("encoder", proxy.ENCODERS)
def test_round_trip(encoder: str, tmp_path: Path) -> None:
    again = proxy.load_proxy(written(tmp_path, encoder))
    values = toy.draw(9, 3)
    assert np.allclose(again.predict(values), fresh(encoder).predict(values), atol=0.03)
    assert again.embedding == "toy/1"
    assert again.space == toy.SPACE


def test_raw_targets_of_unit_vectors_round_trip(tmp_path: Path) -> None:
    made = fresh("mlp", "cosine")
    again = proxy.load_proxy(publish.publish(tmp_path, "toy", made, {}, {}, {}))
    assert np.allclose(again.predict(toy.draw(5, 0)), made.predict(toy.draw(5, 0)), atol=0.03)


def test_target_is_the_space_of_predictions() -> None:
    vectors = toy.embed(toy.sound(toy.draw(50, 0))[:, 0].astype(np.float32))
    made = fresh()
    assert np.allclose(made.target(vectors).mean(0), 0, atol=1e-4)
    unit = proxy.Scaling.fit(vectors, "cosine", standardise=True)
    assert torch.equal(unit.space(torch.from_numpy(vectors)), torch.from_numpy(vectors))
    wanted = unit.wanted(torch.from_numpy(vectors))
    assert torch.allclose(unit.undo(wanted), torch.from_numpy(vectors), atol=1e-4)


def test_notes_are_an_input_of_ours_only() -> None:
    values = toy.draw(3, 0)
    ours, theirs = fresh(), fresh("mlp")
    assert not np.allclose(ours.predict(values), ours.predict(values, [36, 100, 0.65]))
    each = np.array([[60, 100, 0.65], [36, 100, 0.65], [60, 100, 0.65]], np.float32)
    assert np.allclose(ours.predict(values, each)[0], ours.predict(values)[0], atol=1e-5)
    assert theirs.predict(values, [60, 100, 0.65]).shape == (3, 24)
    with pytest.raises(InputError, match="knows only the note"):
        theirs.predict(values, [36, 100, 0.65])
    with pytest.raises(InputError, match="notes must be"):
        ours.predict(values, [60, 100])


def test_bad_values_are_named() -> None:
    values = toy.draw(3, 0)
    values[2, 5] = np.nan
    with pytest.raises(InputError, match="decay must be"):
        fresh().predict(values)


def test_card_and_weights_that_differ(tmp_path: Path) -> None:
    card = written(tmp_path)
    change(card, network={"size": 24, "token": 8, "width": 48, "layers": 1, "bins": 6})
    with pytest.raises(ParseError, match=r"toy.safetensors do not fit the card toy.json"):
        proxy.load_proxy(card)
    change(card, encoder="mlp")
    with pytest.raises(ParseError, match="do not fit"):
        proxy.load_proxy(card)
    change(card, encoder="none")
    with pytest.raises(ParseError, match="encoder must be one of"):
        proxy.load_proxy(card)
    change(card, parameters=[{"name": "level"}])
    with pytest.raises(ParseError, match="lack a field"):
        proxy.load_proxy(card)
    (tmp_path / "toy.safetensors").write_bytes(b"other")
    with pytest.raises(ParseError):
        proxy.load_proxy(written_elsewhere(tmp_path))
    (tmp_path / "toy.safetensors").unlink()
    with pytest.raises(MissingError):
        proxy.load_proxy(written_elsewhere(tmp_path))


def written_elsewhere(folder: Path) -> Path:
    """A sound card beside weights that are not its own."""
    card = written(folder / "sound")
    target = folder / "toy.json"
    target.write_bytes(card.read_bytes())
    return target


def test_another_kind_is_refused(tmp_path: Path) -> None:
    card = card_file.read_card(written(tmp_path))
    path = card_file.write_card(tmp_path, {**card, "kind": "timbre"})
    with pytest.raises(ParseError, match="kind 'timbre', not a proxy"):
        proxy.load_proxy(path)


def test_find_proxy_wants_the_same_schema(tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text("{")
    card = written(tmp_path)
    assert proxy.find_proxy("toy", toy.SPACE.schema_hash, tmp_path) == card
    assert proxy.find_proxy("toy", "1" * 64, tmp_path) is None
    assert proxy.find_proxy("toy", toy.SPACE.schema_hash) is None
    with pytest.raises(InputError, match="missing: level"):
        proxy.load_proxy(card).space.require(
            replace(toy.SPACE, schema_hash="1" * 64, knobs=toy.KNOBS[1:]), "the bank"
        )
