"""`starling train samplernn` as a user types it: from recordings to a texture that is listed."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from starling.engine.cli.main import main
from starling.engine.cli.train.temperature import seconds_of
from starling.models.evaluation.textures import temperature
from starling.models.kernels import library
from starling.models.training.budget import Budget

RATE = 8_000


def run(*words: object, code: int = 0) -> str:
    done = CliRunner().invoke(main, [str(word) for word in words])
    assert done.exit_code == code, done.output
    return done.output


@pytest.fixture(autouse=True)
def rain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STARLING_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Rain").mkdir()
    noise = np.random.default_rng(0).normal(0, 0.1, 20 * RATE)
    soundfile.write(tmp_path / "Rain" / "take.flac", noise, RATE)


def test_recordings_become_a_texture_that_is_listed_and_plays() -> None:
    run("dataset", "import", "--as", "album", "Rain", "--rate", RATE, "--name", "drizzle")
    small = ("--dim", 16, "--batch", 2, "--window", 128, "--threads", 1, "--frames", "4,2,2")
    said = run("train", "samplernn", "--data", "drizzle", "--steps", 2, *small, "--out", "run")
    assert "the plugin now lists Drizzle" in said
    card = json.loads(Path("run/drizzle.json").read_text())
    assert card["config"]["frame_sizes"] == [4, 2, 2] and card["sample_rate"] == RATE
    assert "--frames 4,2,2" in card["training"]["command"]
    listed = {each["name"]: each["makes"] for each in json.loads(run("models", "--json"))}
    assert listed["drizzle"] == "textures"
    run("generate", "drizzle", "--seconds", 1, "--seed", 3, "-o", "heard.wav")
    assert soundfile.info("heard.wav").frames == RATE


@pytest.mark.skipif(not library.available(), reason="the kernel is not compiled")
@pytest.mark.parametrize(
    ("tone", "given", "order"),
    [(0.0, (), 0), (0.3, (), 256), (0.0, ("--prediction", 64), 64), (0.3, ("--prediction", 0), 0)],
    ids=["noise", "tone", "wanted for noise", "unwanted for a tone"],
)
def test_prediction_is_for_what_holds_its_pitch(
    tone: float, given: tuple[object, ...], order: int
) -> None:
    noise = np.random.default_rng(1).normal(0, 0.001 if tone else 0.1, 20 * RATE)
    soundfile.write("Rain/take.flac", tone * np.sin(np.arange(20 * RATE) / 3) + noise, RATE)
    small = ("--dim", 16, "--batch", 2, "--window", 128, "--threads", 1, "--rate", RATE)
    words = ("samplernn", "--data", "./Rain", "--steps", 2, *small, *given, "--out", "run")
    said = run("train", *words, "--no-install")
    card = json.loads(Path("run/rain.json").read_text())
    assert card["config"]["prediction"] == order
    assert ("trained without linear prediction, which would save 0." in said) == (
        not tone and not given
    )


@pytest.mark.skipif(not library.available(), reason="the kernel is not compiled")
def test_a_model_that_learned_gets_its_own_temperature(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(temperature, "SECONDS", 4.0)
    tone = 0.3 * np.sin(np.arange(24 * RATE) / 3) + soundfile.read("Rain/take.flac")[0][0] / 9
    soundfile.write("Rain/take.flac", tone, RATE)
    small = ("--dim", 32, "--batch", 4, "--window", 128, "--threads", 1, "--rate", RATE)
    said = run("train", "samplernn", "--data", "./Rain", "--steps", 120, *small, "--out", "run")
    card = json.loads(Path("run/rain.json").read_text())
    [usual] = [each["default"] for each in card["controls"] if each["name"] == "temperature"]
    assert f"temperature {usual:g}, the nearest: 4 s of each of 7" in said
    tried = card["metrics"]["temperature"]["distance"]
    assert f"{usual:g}" == min(tried, key=tried.__getitem__)


def test_a_share_of_the_budget_is_for_the_temperature() -> None:
    assert [seconds_of(Budget(minutes)) for minutes in (0, 1, 20, 60)] == [90, 3, 60, 90]


@pytest.mark.parametrize("frames", ["", "16,x", "0,4", "1,1,1,1,1,1,1,1,1"])
def test_frames_that_are_none_are_refused(frames: str) -> None:
    said = run("train", "samplernn", "--data", "./Rain", "--steps", 2, "--frames", frames, code=2)
    assert "is not like 16,4" in said
