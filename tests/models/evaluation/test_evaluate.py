"""The whole evaluation on a dozen sounds: a one-shot model, a dense GAN, one that is silent."""

import csv
import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import toy_player as toy

from starling.models.errors import CancelledError, MissingError
from starling.models.evaluation import class_accuracy, evaluate, metrics, plots, report
from starling.models.evaluation.evaluate import Evaluation
from starling.models.oneshot.network import Config
from starling.models.proxy.plots import pca


@pytest.fixture(scope="module")
def found(
    tmp_path_factory: pytest.TempPathFactory, sound_folder: Path, small_config: Config
) -> Evaluation:
    folder = tmp_path_factory.mktemp("models")
    cards = [
        toy.untrained(folder, small_config),
        toy.dense_gan_card(folder, "gan"),
        toy.dense_gan_card(folder, "burst", 0.0),
    ]
    return evaluate.evaluate(sound_folder, cards, classifiers=1)


def test_the_table_has_anchors_and_all_models(found: Evaluation) -> None:
    names = [row.name for row in found.rows]
    assert names[0] == "real, all" and names[-3:] == ["small", "gan", "burst"]
    assert {"real, halves", "noise"} <= set(names)
    assert found.facts["real"] == 12 and found.facts["drawn"] == 12
    assert found.facts["headline"] == "all"


def test_a_model_has_every_figure(found: Evaluation) -> None:
    figures = found.row("small").figures
    for name in ("frechet", "kernel", "frechet_train", "two_sample_accuracy", "spread_ratio"):
        assert np.isfinite(figures[name]), name
    assert 0 <= figures["coverage"] <= 1 and figures["p50_ms"] > 0
    assert set(figures["control_spearman"]) == {
        "brightness", "decay", "noisiness", "pitch", "pitch_f0",
    }  # fmt: skip
    assert set(figures["class_accuracy_by_class"]) == {"kick", "hat_closed"}
    assert figures["class_accuracy"] is None  # no class has forty recordings


def test_a_model_of_another_rate_without_classes_or_knobs(found: Evaluation) -> None:
    """A dense GAN at 8 kHz: no class accuracy; everything is measured low-passed too."""
    figures = found.row("gan").figures
    assert "class_accuracy" not in figures and figures["inception_score"] >= 1
    assert figures["control_spearman"] == {} and figures["sounds"] + figures["silent"] == 12
    assert np.isfinite(figures["frechet_low"])
    assert found.facts["low_pass_hz"] == 4000
    assert "gan has no classes: its sounds are drawn from the whole" in found.notes


def test_a_silent_model_does_not_stop_the_others(found: Evaluation) -> None:
    figures = found.row("burst").figures
    assert figures["sounds"] == 0 and figures["silent"] == 12
    assert "frechet" not in figures


def test_recordings_lie_nearer_to_recordings_than_noise_does(found: Evaluation) -> None:
    assert found.row("real, halves").figures["frechet"] < found.row("noise").figures["frechet"]


def test_reports_are_complete(found: Evaluation, tmp_path: Path) -> None:
    paths = report.write(tmp_path, found)
    assert {path.name for path in paths} >= {"table.md", "table.tex", "table.csv"}
    table = (tmp_path / "table.md").read_text(encoding="utf-8")
    assert "FD-timbre" in table and "against all 12 recordings" in table
    assert "| ρ of decay |" in table
    rows = list(csv.DictReader(io.StringIO((tmp_path / "table.csv").read_text(encoding="utf-8"))))
    assert [row["model"] for row in rows] == [row.name for row in found.rows]
    decay = found.row("small").figures["control_spearman"]["decay"]
    assert float(rows[-3]["control_spearman.decay"]) == pytest.approx(decay)
    latex = (tmp_path / "table.tex").read_text(encoding="utf-8")
    assert latex.count("\\\\") == 1 + len(report.lines(found.rows))


def test_notes_say_what_is_not_alike(found: Evaluation) -> None:
    assert any("small was trained on other data" in note for note in found.notes)


def test_pictures_are_drawn(found: Evaluation, tmp_path: Path) -> None:
    for path in plots.draw(tmp_path, found, pca):
        assert path.stat().st_size > 3000, path.name


def test_a_model_without_classes_has_no_class_accuracy(found: Evaluation) -> None:
    features, real = found.row("small").features, found.real
    assert features is not None
    alone = replace(features, labels=-np.ones(len(features), np.int64))
    ensemble = class_accuracy.train_ensemble(
        real.features, real.train, real.sounds.classes, count=1
    )
    assert set(class_accuracy.figures(ensemble, alone)) == {"inception_score"}
    own = metrics.own(alone, real.features.rows(real.train), real.features.rows(~real.train))
    assert own["spread_ratio"] > 0


def test_it_stops_when_the_caller_does(
    sound_folder: Path, small_config: Config, tmp_path: Path
) -> None:
    def stop(fraction: float, text: str) -> None:
        raise CancelledError("stopped")

    with pytest.raises(CancelledError):
        evaluate.evaluate(sound_folder, [toy.untrained(tmp_path, small_config)], progress=stop)


def test_missing_data_and_cards_are_named(
    sound_folder: Path, small_config: Config, tmp_path: Path
) -> None:
    card = toy.untrained(tmp_path, small_config)
    with pytest.raises(MissingError, match="nowhere"):
        evaluate.evaluate(tmp_path / "nowhere", [card])
    with pytest.raises(MissingError, match=r"none.json"):
        evaluate.evaluate(sound_folder, [tmp_path / "none.json"])
