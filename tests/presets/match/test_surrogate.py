"""A proxy as the judge of candidates: untrained, but a real one from its files."""

from pathlib import Path

import numpy as np
import pytest
import torch

from starling.models.dsp.pitch import Pitch
from starling.models.errors import InputError, MissingError
from starling.models.proxy import encoder, publish
from starling.models.proxy.network import Config
from starling.models.proxy.parameter_space import Space as ProxySpace
from starling.presets.features.embedders import CLASSICAL
from starling.presets.features.spectral_loss import SAMPLE_RATE
from starling.presets.formats import amsynth
from starling.presets.formats.schema import Parameter, Schema
from starling.presets.library.preset import Preset
from starling.presets.match.initial_population import InitialPopulation, InitialPreset
from starling.presets.match.parameter_vector import SearchSpace
from starling.presets.match.surrogate import load_surrogate
from starling.presets.match.target import Target

SMALL = Config(CLASSICAL.size, token=4, width=16, layers=1)


def written(folder: Path) -> Path:
    torch.manual_seed(0)
    space = ProxySpace.of("amsynth", amsynth.SCHEMA.hash, amsynth.PARAMETERS)
    network = encoder.build(encoder.OURS, space, SMALL)
    vectors = np.random.default_rng(0).standard_normal((8, CLASSICAL.size)).astype(np.float32)
    scaling = encoder.Scaling.fit(vectors, "zscore", standardise=True)
    card = encoder.describe(space, encoder.OURS, SMALL, CLASSICAL.key, [[60, 100, 0.65]])
    found = encoder.Proxy(card, space, network, scaling)
    return publish.publish(folder, "toy", found, {"command": "x"}, {}, {})


def situation() -> tuple[Target, InitialPopulation]:
    time = np.arange(SAMPLE_RATE // 2) / SAMPLE_RATE
    tone = (0.1 * np.sin(2 * np.pi * 220 * time)).astype(np.float32)
    preset = Preset(1, "a", "b", "", (), "amsynth", {}, amsynth.SCHEMA.hash, "", "")
    start = InitialPreset(preset, amsynth.SCHEMA.defaults(), 5.0)
    return Target(tone, Pitch(57, 0.0, 1.0, True), 0.5), InitialPopulation((start,), 57, 0.5)


def test_candidates_are_judged_by_what_the_proxy_predicts(tmp_path: Path) -> None:
    card = written(tmp_path)
    target, initial = situation()
    predicted_loss = load_surrogate(card)(amsynth.SCHEMA, target, initial)
    space = SearchSpace(amsynth.SCHEMA)
    vectors = np.stack([space.snapped(v) for v in np.random.default_rng(1).random((5, 37))])
    found = predicted_loss(vectors)
    loaded = encoder.load_proxy(card)
    rows = [list(space.values(v, initial.best.values).values()) for v in vectors]
    predicted = loaded.predict(np.array(rows, np.float32), [57, 100, 0.5])
    wanted = loaded.target(CLASSICAL.embed(target.samples)[None])
    np.testing.assert_allclose(found, np.abs(predicted - wanted).mean(axis=1), rtol=1e-5)


def test_a_proxy_for_other_parameters_is_refused(tmp_path: Path) -> None:
    surrogate = load_surrogate(written(tmp_path))
    with pytest.raises(InputError, match="not for this toy"):
        surrogate(Schema("toy", "1", (Parameter("a", 0, 1, 0),)), *situation())


def test_a_missing_card_is_said(tmp_path: Path) -> None:
    with pytest.raises(MissingError):
        load_surrogate(tmp_path / "none.json")
