"""The bench of composers on toy songs and runs that are there: every figure, and why one lacks."""

import argparse
import json
from pathlib import Path

import bench_nes_model as bench
import numpy as np
import pytest
from click.testing import CliRunner

from starling.engine.cli.groups import train
from starling.models.composer import songs
from starling.models.training.curves import LOG

SMALL = ("--width", "24", "--batch", "2", "--steps", "2", "--threads", "1")
SIZES = {"composer": ("--hidden", "16", "--layers", "1"), "lstm": ("--window", "16")}


def melody(seed: int, frames: int = 800) -> np.ndarray:
    """Four voices of notes held for six frames, a bar of them over and over."""
    random = np.random.default_rng(seed)
    bar = random.integers(songs.LOWEST, np.array(songs.HIGHEST) + 1, (8, 4))
    return np.resize(np.repeat(bar, 6, axis=0), (frames, 4)).astype(np.uint8)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> argparse.Namespace:
    """Three splits, and runs of two models of four; another of ours."""
    home = tmp_path_factory.mktemp("bench")
    data, runs = home / "data", home / "runs"
    data.mkdir()
    for first, name in enumerate(("train", "valid", "test")):
        every = songs.of([melody(10 * first + at) for at in range(3)])
        np.savez(data / f"toy_{name}.npz", frames=every.frames, offsets=every.offsets)
    for folder, name in (("composer", "composer"), ("composer-1m", "composer"), ("lstm", "lstm")):
        words = [*bench.MODELS[name], "--data", str(data), "--name", name]
        command = [*words, "--out", str(runs / folder), *SMALL, *SIZES[name]]
        result = CliRunner().invoke(train, command)
        assert result.exit_code == 0, result.output
    return argparse.Namespace(data=data, runs=runs, out=home / "out", minutes=1e-9, threads=1)


def test_every_figure_of_runs_that_are_there(
    told: argparse.Namespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench, "SECONDS", 2)
    made = bench.measure(told)
    nats = made["nats_per_frame"]
    assert isinstance(nats, float) and nats > 1
    assert made["nats_per_second"] == pytest.approx(24 * nats, rel=0.01)
    assert made["memory"].keys() == {"1", "8", "64", "whole"}  # type: ignore[attr-defined]
    assert made["steps_composer"] == made["steps_lstm"] == 2
    assert {made[f"nats_per_frame_{name}"] is None for name in bench.COUNTED} == {False}
    assert [each["test"] for each in made["by_budget"]] == [nats]  # type: ignore[attr-defined]
    assert made["nats_per_frame_transformer"] is None
    assert made["reasons"].keys() == {"vae", "transformer"}  # type: ignore[attr-defined]
    assert "| composer, memory of 8 |" in (told.out / "table.md").read_text()


def test_a_validation_stands_once_in_the_curve(tmp_path: Path) -> None:
    found = [
        (30, {}),
        *((at, {bench.VALIDATION: nats}) for at, nats in ((60, 2.5), (120, 2.5), (180, 2.25))),
    ]
    text = [json.dumps({"elapsed": seconds, **figures}) for seconds, figures in found]
    (tmp_path / LOG).write_text("\n".join(text) + "\n")
    assert bench.curve(tmp_path) == [(1.0, 2.5), (3.0, 2.25)]
    assert bench.curve(tmp_path / "none") == []
