"""`starling evaluate samplernn`: what a person types, in what words it answers."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner
from tiny import TINY
from tiny import card as tiny_card

from starling.engine.cli.evaluate.samplernn import takes_of
from starling.engine.cli.main import main
from starling.models.artifacts import card_file
from starling.models.artifacts.catalogue import WEIGHTS
from starling.models.datasets import album
from starling.models.evaluation.textures import temperature
from starling.models.kernels import library

RATE = 8_000


def noise(seconds: float, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-0.3, 0.3, int(seconds * RATE))


@pytest.fixture
def rain(tmp_path: Path) -> Path:
    folder = tmp_path / "Rain"
    folder.mkdir()
    soundfile.write(folder / "a.wav", noise(40, 0), RATE)
    soundfile.write(tmp_path / "made.wav", noise(6, 1), RATE)
    return folder


def run(home: Path, *words: str, code: int = 0) -> str:
    environment = {"STARLING_HOME": str(home), "COLUMNS": "200"}
    found = CliRunner(env=environment).invoke(main, ["evaluate", "samplernn", *words])
    assert found.exit_code == code, found.output
    return found.stdout if "--json" in words else found.output


def test_a_sound_beside_its_source(rain: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    words = ("--data", str(rain), "--sound", str(tmp_path / "made.wav"), "-o", str(out))
    said = run(tmp_path, *words)
    assert "Fréchet distance, timbre embedding" in said and str(out / "table.md") in said
    assert sorted(path.name for path in out.iterdir()) == [
        "figures.json",
        "made.wav",
        "spectrograms.png",
        "table.md",
    ]
    found = json.loads(run(tmp_path, *words, "--json"))
    assert found == json.loads((out / "figures.json").read_text())
    assert found["made"]["made"]["mel_mean_db"] < 2


def test_a_model_is_judged_class_by_class(rain: Path, tmp_path: Path) -> None:
    for seed, name in enumerate(("a", "b", "c")):
        (rain / name).mkdir()
        soundfile.write(rain / name / "a.wav", noise(20, seed), RATE)
    card = tiny_card(tmp_path / "data" / "models", replace(TINY, labels=("a", "c", "d"))).path
    words = ("--data", str(rain), "--model", "tiny", "--seconds", "4", "--seed", "2")
    found = json.loads(run(tmp_path, *words, "--write", "--json"))
    assert list(found) == ["tiny: a", "tiny: c"]
    assert found["tiny: a"]["made"]["frechet"] > found["tiny: a"]["halves"]["frechet"]
    assert json.loads(card.read_text())["metrics"]["texture"] == found


@pytest.mark.skipif(not library.available(), reason="the kernel is not compiled")
def test_the_temperature_is_fitted_to_what_the_model_was_trained_on(
    rain: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(temperature, "SECONDS", 4.0)
    path = tiny_card(tmp_path / "models").path
    words = ("--data", str(rain), "--model", str(path), "--seconds", "4", "--fit-temperature")
    assert "takes what tiny was trained on, and Rain is not" in run(tmp_path, *words, code=1)
    content = card_file.read_card(path)
    manifest = album.load(rain, RATE).manifest
    card_file.write_card(path.parent, {**content, "data": {"manifest": manifest}})
    run(tmp_path, *words)
    content = json.loads(path.read_text())
    [usual] = [each["default"] for each in content["controls"] if each["name"] == "temperature"]
    tried = content["metrics"]["temperature"]["distance"]
    assert f"{usual:g}" == min(tried, key=tried.__getitem__) and len(tried) == 7


def test_a_sound_of_another_rate_beside_an_imported_album(rain: Path, tmp_path: Path) -> None:
    environment = {"STARLING_HOME": str(tmp_path)}
    words = ["dataset", "import", "--as", "album", str(rain), "--rate", "16000"]
    assert CliRunner(env=environment).invoke(main, words).exit_code == 0
    found = json.loads(
        run(tmp_path, "--data", "Rain", "--sound", str(tmp_path / "made.wav"), "--json")
    )
    assert found["made"]["made"]["mel_mean_db"] < 2


def test_a_model_of_other_classes_is_refused(rain: Path, tmp_path: Path) -> None:
    card = tiny_card(tmp_path / "models", replace(TINY, labels=("x", "y"))).path
    said = run(tmp_path, "--data", str(rain), "--model", str(card), code=1)
    assert "tiny has the classes x, y and Rain has Rain: none in common" in said


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        ((), 2, "give --model CARD or --sound FILE"),
        (("--sound", "made.wav", "--write"), 2, "--write is for --model"),
        (("--sound", "made.wav", "--fit-temperature"), 2, "--fit-temperature is for --model"),
        (("--model", str(WEIGHTS / "drums.json")), 1, "drums is of kind oneshot, not samplernn"),
        (("--model", "nothing"), 1, "nothing"),
        (("--sound", "none.wav"), 1, "no sound file at none.wav"),
        (("--sound", "made.wav", "--seconds", "2"), 2, "2.0 is not in the range 4<=x<=600"),
    ],
)
def test_mistakes_are_sentences(
    rain: Path,
    tmp_path: Path,
    words: tuple[str, ...],
    code: int,
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert sentence in run(tmp_path, "--data", str(rain), *words, code=code)


@pytest.mark.parametrize(
    ("seconds", "takes", "count"),
    [(60, 8, 8), (4, 8, 4), (4, 2, 2), (150, 1, 3), (4.9, 100, 4)],  # sounds of 1 to 60 s
)
def test_takes_are_as_long_as_sounds_may_be(
    tmp_path: Path, seconds: float, takes: int, count: int
) -> None:
    assert takes_of(tiny_card(tmp_path), seconds, takes) == count
