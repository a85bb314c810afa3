"""A published estimator is the one that was trained, and what is not one is refused."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
import toy_synth as toy

from starling.models.artifacts import card_file, catalogue
from starling.models.errors import InputError, MissingError, ParseError
from starling.models.estimator.inference import TrainedEstimator, load_estimator
from starling.models.estimator.network import Config, Estimator, Layout
from starling.models.estimator.publish import describe, publish

MEL = toy.sound(toy.draw(12, 0))[:, 0].astype(np.float32)


@pytest.fixture(scope="module")
def trained() -> TrainedEstimator:
    torch.manual_seed(0)
    network = Estimator(Layout(toy.SPACE), Config(dropout=0.1))
    network.fit(float(MEL.min()), float(MEL.max()))
    network(torch.from_numpy(MEL))  # batch statistics
    card = describe(toy.SPACE, network.config, "parameters", None, toy.NOTES)
    return TrainedEstimator(card, toy.SPACE, network)


@pytest.fixture
def card(trained: TrainedEstimator, tmp_path: Path) -> Path:
    return publish(tmp_path, "toy-estimator", trained, {"command": "x"}, {}, {"num_error": 0.1})


def test_the_estimator_survives_the_disk(trained: TrainedEstimator, card: Path) -> None:
    loaded = load_estimator(card)
    toy.SPACE.check(loaded.predict(MEL))
    assert (loaded.space, loaded.network.config) == (toy.SPACE, Config(dropout=0.1))
    before, after = trained.predict(MEL), loaded.predict(MEL)
    apart = np.abs(toy.SPACE.unit(before).numpy() - toy.SPACE.unit(after).numpy())
    assert np.median(apart) < 1e-3, "half precision moves numbers by a hair"
    held = card_file.read_card(card)
    assert (held["kind"], held["config"]["losses"]) == ("estimator", "parameters")
    assert catalogue.problems(card.parent) == [] and "toy-estimator" not in catalogue.catalogue(
        card.parent
    )


def test_values_are_in_the_synths_own_units(trained: TrainedEstimator) -> None:
    values = trained.predict(MEL)
    assert values.shape == (12, len(toy.KNOBS)) and values.dtype == np.float32
    for place, knob in enumerate(toy.KNOBS):
        assert (values[:, place] >= knob.minimum).all() and (values[:, place] <= knob.maximum).all()
        if knob.steps:
            assert np.array_equal(values[:, place], np.rint(values[:, place])), knob.name


@pytest.mark.parametrize("bad", [MEL[0], MEL[:, :32], np.full_like(MEL, np.nan)])
def test_what_is_no_log_mel_is_refused(bad: np.ndarray, trained: TrainedEstimator) -> None:
    with pytest.raises(InputError, match="log-mels"):
        trained.predict(bad)


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        (("kind",), "proxy", "of the kind 'proxy', not an estimator"),
        (("config", "front"), "log_mel/9", "listens to 'log_mel/9'"),
        (("config", "network"), {"layers": 3}, "do not fit the card"),
        (("config", "parameters"), [{"name": "level"}], "lack a field"),
        (("sha256",), "0" * 64, "hash differs"),
    ],
)
def test_a_card_that_does_not_fit_is_refused(
    place: tuple[str, ...], value: object, message: str, card: Path
) -> None:
    held = json.loads(card.read_text())
    inner = held
    for name in place[:-1]:
        inner = inner[name]
    inner[place[-1]] = value
    card.write_text(json.dumps(held))
    with pytest.raises(ParseError, match=message):
        load_estimator(card)


def test_weights_of_another_synth_are_refused(card: Path) -> None:
    held = json.loads(card.read_text())
    held["config"]["parameters"] = held["config"]["parameters"][:-1]
    card.write_text(json.dumps(held))
    with pytest.raises(ParseError, match="do not fit the card"):
        load_estimator(card)
    card.with_suffix(".safetensors").unlink()
    with pytest.raises(MissingError, match=r"toy-estimator\.safetensors"):
        load_estimator(card)
