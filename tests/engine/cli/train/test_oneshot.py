"""`starling train oneshot` as a user types it: budget, names, samples, the plugin's list."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from starling.engine.cli.groups import train
from starling.engine.cli.options import Time
from starling.engine.cli.train import installing, oneshot
from starling.engine.cli.train.oneshot import train_oneshot
from starling.models.artifacts import catalogue


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two classes of twelve short sounds."""
    rng = np.random.default_rng(0)
    time = np.arange(6000) / 44100
    for index in range(12):
        sounds = {
            "thump": np.sin(2 * np.pi * (50 + 5 * index) * time) * np.exp(-time * 20),
            "hiss": 0.3 * rng.standard_normal(6000) * np.exp(-time * 30),
        }
        for name, sound in sounds.items():
            path = tmp_path / "My Kit!" / name / f"{index}.wav"
            path.parent.mkdir(parents=True, exist_ok=True)
            soundfile.write(path, sound, 44100)
    return tmp_path / "My Kit!"


@pytest.mark.parametrize(
    ("text", "minutes"), [("30m", 30), ("90s", 1.5), ("1.5h", 90), ("2", 2), ("0.5", 0.5)]
)
def test_budgets_are_times(text: str, minutes: float) -> None:
    assert Time().convert(text, None, None) == minutes


@pytest.mark.parametrize("text", ["", "m", "3 weeks", "-1m", "nan"])
def test_other_budgets_are_refused(text: str) -> None:
    result = CliRunner().invoke(train_oneshot, ["--data", ".", "--budget", text])
    assert result.exit_code == 2
    assert "30m, 90s or 1.5h" in result.output


def test_a_model_is_trained_listed_and_played(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setattr(installing, "SAMPLE_SECONDS", 0.0)
    monkeypatch.setattr(oneshot, "SAVE_SECONDS", 0.0)
    out = tmp_path / "run"
    words = ["--data", str(folder), "--steps", "2", "--threads", "1", "--out", str(out)]
    result = CliRunner().invoke(train_oneshot, [*words, "--seconds", "0.3", "--json"])
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert told["steps"] == 2
    placed = Path(told["installed"])
    models = catalogue.catalogue(placed.parent)
    assert models["my-kit"].title == "My Kit"
    sound = catalogue.load_generator(models["my-kit"]).generate(1, {"kind": 1, "pitch": 12})
    assert 0.5 < np.abs(sound).max() <= 0.9001
    samples = sorted(path.name for path in (out / "samples").glob("*.wav"))
    assert samples[0] == "hiss-1-step000001.wav" and len(samples) == 8
    assert not list(placed.parent.glob("*.part"))


def test_names_of_shipped_models_are_kept(folder: Path, tmp_path: Path) -> None:
    words = ["--data", str(folder), "--steps", "1", "--out", str(tmp_path), "--name", "drums"]
    result = CliRunner().invoke(train, ["oneshot", *words])
    assert result.exit_code == 1
    assert "comes with Starling" in result.output


def test_small_classes_are_named(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    for path in sorted((folder / "hiss").iterdir())[2:]:
        path.unlink()
    words = ["--data", str(folder), "--steps", "1", "--threads", "1", "--seconds", "0.3"]
    result = CliRunner().invoke(train_oneshot, [*words, "--out", str(tmp_path / "run")])
    assert result.exit_code == 0, result.output
    assert "hiss has 2 sounds" in result.output
    assert "the plugin now lists My Kit" in result.output
