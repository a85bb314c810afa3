"""Controls that move what they should, and one that does nothing."""

import numpy as np
import pytest
import toy_player as toy

from starling.models.evaluation import control_fidelity
from starling.models.evaluation.features import embedder, extract, standardise

DEVIATIONS = {"brightness": 1.0, "decay": 0.5, "noisiness": 0.1, "pitch": 0.5}


def test_spearman_of_known_orders() -> None:
    settings = np.array([0.0, 0.25, 0.5, 0.75, 1.0])
    assert control_fidelity.spearman(settings, settings**3) == pytest.approx(1)
    assert control_fidelity.spearman(settings, -settings) == pytest.approx(-1)
    assert control_fidelity.spearman(settings, np.ones(5)) == 0
    assert control_fidelity.spearman(
        settings, np.array([1, np.nan, 3, np.nan, 2.0])
    ) == pytest.approx(0.5)
    assert control_fidelity.spearman(settings, np.full(5, np.nan)) == 0


def test_a_faithful_control_scores_one_and_an_idle_one_nothing() -> None:
    model = toy.subject(toy.KINDS, *toy.KNOBS, kinds=(1.0, 2.0))
    found = control_fidelity.sweep_controls(model, ("kick", "hat_closed"), DEVIATIONS, seeds=2)
    assert found["decay"].own == {"kick": pytest.approx(1), "hat_closed": pytest.approx(1)}
    assert found["noisiness"].mean == 0
    assert found["noisiness"].moves["noisiness"] == 0
    assert found["decay"].moves["decay"] == pytest.approx(3 * np.log(2) / 0.5, rel=0.3)


def test_pitch_is_measured_where_a_card_has_it() -> None:
    found = control_fidelity.sweep_controls(toy.subject(toy.PITCH), ("tones",), DEVIATIONS, seeds=1)
    assert found["pitch"].own == found["pitch_f0"].own == {"all": pytest.approx(1)}
    assert found["pitch"].moves["pitch"] == pytest.approx(2 / 0.5, rel=0.05)  # two octaves


def test_a_model_without_controls_has_none() -> None:
    assert control_fidelity.sweep_controls(toy.subject(), ("tones",), DEVIATIONS) == {}


def test_deviations_are_those_within_classes() -> None:
    model = toy.subject(toy.KINDS, kinds=(1.0, 2.0))
    labels = np.repeat([0, 1], 4)
    sounds = [
        standardise(model.sound(seed, int(label), {}), 44100) for seed, label in enumerate(labels)
    ]
    features = extract(sounds, labels, embedder())
    found = control_fidelity.deviations(features)
    wide = float(features.measures[:, 0].std())  # of brightness, over both classes
    assert 0 < found["brightness"] < wide / 3
    assert set(found) == set(control_fidelity.MEASURES)
