"""Estimates of a tiny real plugin's presets, played: the right answer, silence, what is refused."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from starling.models.datasets.rendered_presets import RenderedSet
from starling.models.errors import InputError, MissingError
from starling.models.estimator.inference import TrainedEstimator
from starling.models.estimator.network import Config, Estimator, Layout
from starling.models.proxy.parameter_space import Space
from starling.presets.datasets.render import DatasetSpec, render
from starling.presets.evaluation.estimator import DEFAULT, ESTIMATED, NEAREST, evaluate, real_rows
from starling.presets.formats import fxp

MUTE = 3  # the parameter's place


class Knowing(TrainedEstimator):
    """Gives the answers that it was told, whatever it hears."""

    def __init__(self, rendered: RenderedSet, answers: np.ndarray) -> None:
        space = Space.of(rendered.synth, rendered.schema_hash, rendered.schema)
        super().__init__({}, space, Estimator(Layout(space), Config()))
        self.answers = answers

    def predict(self, log_mel: np.ndarray) -> np.ndarray:
        assert log_mel.shape == (len(self.answers), 64, 51)
        return self.answers


@pytest.fixture(scope="module")
def real(plugin: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Real presets of a little plugin: three waves at three tones."""
    folder = tmp_path_factory.mktemp("sets")
    (folder / "banks").mkdir()
    programs = [
        fxp.Program(b"Bad!", f"{wave} {tone}", 4, (0.5, wave, tone, 0.0))
        for wave in (0.0, 0.5, 1.0)
        for tone in (0.1, 0.5, 0.9)
    ]
    (folder / "banks" / "nine.fxb").write_bytes(fxp.write_bank(programs))
    notes = ((60, 100, 0.3),)
    banks = (folder / "banks",)
    spec = DatasetSpec(str(plugin("GOOD")), 0, "real", notes, split=None, banks=banks, check="none")
    render(spec, folder / "real", folder, jobs=1)
    return folder / "real"


def test_the_right_answer_is_at_no_distance(real: Path) -> None:
    rendered = RenderedSet.open(real)
    told: list[float] = []
    rows = evaluate(
        Knowing(rendered, rendered.parameters),
        real,
        real.parent,
        train=real,
        progress=lambda part, text: told.append(part),
    )
    best, nearest, default = rows
    assert [row.name for row in rows] == [ESTIMATED, NEAREST, DEFAULT]
    assert {row.targets for row in rows} == {len(rendered.parameters)}
    for row in (best, nearest):
        assert row.figures["mss"] < 0.1 and row.figures["rms_cosine"] > 0.999
        assert (row.figures["num_error"], row.figures["cat_right"]) == (0, 1)
    assert default.figures["mss"] > 1 and default.figures["num_error"] > 0
    assert told == sorted(told) and told[-1] == 1.0


def test_silence_is_infinitely_far(real: Path) -> None:
    rendered = RenderedSet.open(real)
    muted = rendered.parameters[[0, -1]].copy()
    muted[:, MUTE] = 1.0
    [silent, _] = evaluate(Knowing(rendered, muted), real, real.parent, count=2)
    assert (silent.targets, silent.figures["silent"]) == (2, 2)
    assert silent.figures["mss"] == float("inf") and silent.figures["rms_cosine"] == 0


def test_a_count_takes_presets_from_all_over_the_set(real: Path) -> None:
    rendered = RenderedSet.open(real)
    last = len(rendered.parameters) - 1
    assert real_rows(rendered, 2).tolist() == [0, last]
    assert real_rows(rendered, 1000).tolist() == list(range(last + 1))


def test_what_does_not_fit_is_refused(real: Path, tmp_path: Path) -> None:
    rendered = RenderedSet.open(real)
    drawn = DatasetSpec(rendered.synth, 2, notes=((60, 100, 0.3),), check="none")
    render(drawn, tmp_path / "drawn", tmp_path, jobs=1)
    estimator = Knowing(rendered, rendered.parameters)
    with pytest.raises(InputError, match="has no real presets"):
        evaluate(estimator, tmp_path / "drawn", tmp_path)
    with pytest.raises(MissingError, match="no data set"):
        evaluate(estimator, tmp_path / "nowhere", tmp_path)
    estimator.space = Space(rendered.synth, "0" * 64, estimator.space.knobs[:-1])
    with pytest.raises(InputError, match="another schema"):
        evaluate(estimator, real, tmp_path)
