"""`starling train samplernn` as a user types it: from recordings to a texture that is listed."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from starling.engine.cli.main import main

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


@pytest.mark.parametrize("frames", ["", "16,x", "0,4", "1,1,1,1,1,1,1,1,1"])
def test_frames_that_are_none_are_refused(frames: str) -> None:
    said = run("train", "samplernn", "--data", "Rain", "--steps", 2, "--frames", frames, code=2)
    assert "is not like 16,4" in said
