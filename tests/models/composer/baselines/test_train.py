"""The trainer and its command on toy songs: each kind learns, its card loads."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from song_data import toy_songs
from tiny_baselines import REDUCED, TINY, material

from starling.engine.cli.groups import train as train_group
from starling.models.artifacts import catalogue
from starling.models.composer.baselines import evaluate, generator, train
from starling.models.composer.baselines.measure_vae import MeasureVae
from starling.models.errors import ParseError

QUICK = {"lstm": 0.02, "vae": 0.005, "transformer": 0.005}  # rates


@pytest.mark.parametrize(("kind", "config"), [*TINY.items(), *REDUCED.items()])
def test_every_kind_learns(kind: str, config: Any, tmp_path: Path) -> None:
    """Of songs that it knows: six toy songs say nothing about others."""
    known = replace(material(), validation=toy_songs(6, 150))
    settings = train.Settings(steps=110, threads=1, rate=QUICK[kind])
    result = train.train(kind, known, replace(config, dropout=0.0), settings, tmp_path)
    assert result.learning is not None and result.learning.learned
    assert result.learning.after < 0.9 * result.learning.before


def test_a_vae_s_space_is_that_of_its_training_songs(tmp_path: Path) -> None:
    settings = train.Settings(steps=2, threads=1)
    result = train.train("vae", material(), TINY["vae"], settings, tmp_path)
    network: MeasureVae = result.model
    assert (network.space_scales > 0).any() and not network.training


def test_without_long_held_out_songs_a_vae_is_measured_on_those_it_knows() -> None:
    short = replace(material(), validation=toy_songs(2, 20))
    measure = train.measure(MeasureVae(TINY["vae"]), short)
    assert measure.name == "loss on its training songs" and np.isfinite(measure.loss())


def scores(path: Path, frames: int) -> Path:
    every = toy_songs(4, frames)
    np.savez(path, frames=every.frames, offsets=every.offsets)
    return path


COMMANDS = [
    ("lstm", "lstm", ["--width", "16", "--batch", "2", "--window", "16"]),
    ("lstm", "reduced-lstm", ["--reduced", "--width", "16", "--batch", "2", "--window", "16"]),
    ("vae", "vae", ["--width", "16", "--batch", "2"]),
    ("vae", "reduced-vae", ["--reduced", "--width", "16", "--batch", "2"]),
    ("transformer", "transformer", ["--width", "12", "--batch", "2", "--window", "32"]),
]


@pytest.mark.parametrize(("kind", "name", "sizes"), COMMANDS)
def test_the_command_trains_a_model_that_writes(
    kind: str, name: str, sizes: list[str], tmp_path: Path
) -> None:
    data = scores(tmp_path / "songs.npz", 800)
    words = ["composer-baseline", "--kind", kind, "--data", str(data), *sizes]
    words += ["--out", str(tmp_path / "run"), "--threads", "1"]
    result = CliRunner().invoke(train_group, [*words, "--steps", "2"])
    assert result.exit_code == 0, result.output
    path = tmp_path / "run" / f"{name}.json"
    card = json.loads(path.read_text())
    assert card["training"]["command"].startswith(
        f"starling train composer-baseline --kind {kind} --data songs.npz"
    )
    assert card["data"]["songs"] == 3
    network = generator.load(catalogue.read(path))
    assert generator.writer(network)(toy_songs(1).frames[:20], 30, 0).shape == (30, 4)
    assert evaluate.measure(network, toy_songs(1, 800)).frames == 800
    result = CliRunner().invoke(train_group, [*words, "--steps", "3", "--resume"])
    assert result.exit_code == 0 and "finished after 3 steps" in result.output, result.output


def test_mistakes_are_answered_in_one_sentence(tmp_path: Path) -> None:
    data = scores(tmp_path / "songs.npz", 100)
    for words, sentence in (
        (["--kind", "lstm"], "a budget is needed"),
        (["--kind", "vae", "--steps", "1"], "no song has the 768 frames"),
        (["--kind", "lstm", "--steps", "1"], "at least 10100 are needed"),
        (["--kind", "transformer", "--steps", "1", "--reduced"], "reduced is for lstm and vae"),
    ):
        command = ["composer-baseline", "--data", str(data), "--out", str(tmp_path / "run")]
        result = CliRunner().invoke(train_group, [*command, *words])
        assert result.exit_code == 1 and sentence in result.output, result.output


def test_a_card_of_another_kind_or_with_other_weights_is_refused(tmp_path: Path) -> None:
    data = scores(tmp_path / "songs.npz", 100)
    words = ["--kind", "lstm", "--width", "16", "--batch", "2", "--window", "16", "--steps", "1"]
    command = ["composer-baseline", "--data", str(data), "--out", str(tmp_path / "run"), *words]
    assert CliRunner().invoke(train_group, command).exit_code == 0
    path = tmp_path / "run" / "lstm.json"
    card = json.loads(path.read_text())
    for change, sentence in (
        ({"kind": "composer"}, "is of kind 'composer', not one of frame_lstm"),
        ({"config": card["config"] | {"hidden": 8}}, "does not fit this version's frame_lstm"),
        ({"config": {"size": 8}}, "is not of this version"),
    ):
        path.write_text(json.dumps(card | change))
        with pytest.raises(ParseError, match=sentence):
            generator.load(catalogue.read(path))
