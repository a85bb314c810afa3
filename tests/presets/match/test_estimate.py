"""An estimator from its card as a start of a match: untrained, but a real one from its files."""

from pathlib import Path

import numpy as np
import pytest
import torch

from starling.models.dsp.mel import levelled, log_mel
from starling.models.dsp.pitch import Pitch
from starling.models.errors import InputError, MissingError
from starling.models.estimator.inference import TrainedEstimator, load_estimator
from starling.models.estimator.network import Config, Estimator, Layout
from starling.models.estimator.publish import describe, publish
from starling.models.proxy.parameter_space import Space
from starling.presets.features.spectral_loss import SAMPLE_RATE
from starling.presets.formats import amsynth
from starling.presets.formats.schema import Parameter, Schema
from starling.presets.match.estimate import load_estimate
from starling.presets.match.target import Target

TONE = 0.1 * np.sin(np.arange(SAMPLE_RATE // 2) / 30).astype(np.float32)
TARGET = Target(TONE, Pitch(57, 0.0, 1.0, True), 0.5)


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    space = Space.of(amsynth.NAME, amsynth.SCHEMA.hash, amsynth.PARAMETERS)
    network = Estimator(Layout(space), Config())
    network.fit(-7.0, 2.0)
    described = describe(space, network.config, "parameters", None, [(60, 100, 0.65)])
    trained = TrainedEstimator(described, space, network)
    return publish(tmp_path_factory.mktemp("card"), "e", trained, {"command": "x"}, {}, {})


def test_the_estimate_is_what_the_network_hears(card: Path) -> None:
    values = load_estimate(card)(amsynth.SCHEMA, TARGET)
    assert amsynth.SCHEMA.validate(values).keys() == values.keys()
    [predicted] = load_estimator(card).predict(log_mel(levelled(TONE))[None])
    np.testing.assert_allclose(list(values.values()), predicted, rtol=1e-6)


def test_an_estimator_for_other_parameters_is_refused(card: Path) -> None:
    with pytest.raises(InputError, match="not for this toy"):
        load_estimate(card)(Schema("toy", "1", (Parameter("a", 0, 1, 0),)), TARGET)


def test_a_missing_card_is_said(tmp_path: Path) -> None:
    with pytest.raises(MissingError):
        load_estimate(tmp_path / "none.json")
