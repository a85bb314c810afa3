"""The true training command on tiny data, resuming, and what it answers to mistakes."""

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from starling.engine.cli.groups import train
from starling.models.artifacts import card_file, catalogue
from starling.models.errors import InputError
from starling.models.timbre import train as training
from starling.models.timbre.batches import Material, Renders, open_sets
from starling.models.timbre.network import Config
from starling.models.training.session import Session
from starling.presets.features.embedders import find

SMALL = Config(channels=(4, 6, 8, 8), hidden=16, size=8, floor=-7.0)


def test_the_command_trains_one_step_and_the_weights_hear(toy_folder: Path, tmp_path: Path) -> None:
    arguments = ["timbre", "--data", str(toy_folder), "--out", str(tmp_path), "--name", "mine"]
    arguments += ["--batch", "8", "--threads", "1"]
    result = CliRunner().invoke(train, [*arguments, "--steps", "1"])
    assert result.exit_code == 0, result.output
    card = card_file.read_card(tmp_path / "mine.json")
    assert (card["kind"], card["training"]["steps"], card["front"]) == ("timbre", 1, "log_mel/1")
    words = card["training"]["command"].split()
    assert words[:5] == ["starling", "train", "timbre", "--data", "toy"]
    assert {"--batch", "8", "--threads", "--steps", "1", "32-true"} <= set(words)
    assert card["data"]["sources"][0]["synth"] == "toy" and card["metrics"]["validation_mrr"] > 0
    embedder = find("timbre", tmp_path / "mine.json")
    assert embedder.key == f"timbre/1:{card['sha256'][:12]}" and embedder.metric == "cosine"
    tone = np.sin(np.arange(44_100) / 10).astype(np.float32)
    assert embedder.embed(tone).shape == (embedder.size,) == (128,)
    assert "mine" not in catalogue.catalogue(tmp_path)
    again = CliRunner().invoke(train, [*arguments, "--steps", "2", "--resume"])
    assert again.exit_code == 0 and "finished after 2 steps" in again.output, again.output


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--data", "nowhere", "--steps", "1"], "no data set in nowhere"),
        (["--data", "{folder}"], "a budget is needed"),
        (["--data", "{folder}", "--steps", "1", "--resume"], "no checkpoint"),
    ],
)
def test_mistakes_are_answered_in_one_sentence(
    words: list[str], sentence: str, toy_folder: Path, tmp_path: Path
) -> None:
    given = [word.format(folder=toy_folder) for word in words]
    result = CliRunner().invoke(train, ["timbre", "--out", str(tmp_path / "out"), *given])
    assert result.exit_code == 1 and sentence in result.output
    assert "Traceback" not in result.output


def test_a_run_learns_and_is_not_resumed_with_other_data(toy_folder: Path, tmp_path: Path) -> None:
    material = Material(open_sets([toy_folder]))
    settings = training.Settings(steps=40, batch=32, threads=1, warmup=5, near_every=10)
    before = training.validate(training.Timbre(SMALL), material)
    result = training.train(material, SMALL, settings, tmp_path)
    assert result.figures["validation_mrr"] > before + 0.1
    with pytest.raises(InputError, match="holds a run already"):
        training.train(material, SMALL, settings, tmp_path)
    other = Material(open_sets([toy_folder, toy_folder]))
    with pytest.raises(InputError, match="trained on other data"):
        training.train(other, SMALL, settings, tmp_path, Session(resume=True))


def test_neighbours_are_others() -> None:
    random = np.random.default_rng(0)
    mels = random.normal(-2, 2, (60, 2, 64, 51)).astype(np.float16)
    level = np.full((60, 2), 0.1, np.float32)
    material = Material([Renders("r", "r", mels, level, np.arange(60, dtype=np.int32))])
    near = training.neighbours(training.Timbre(SMALL), material)
    assert near.shape == (len(material.training), training.NEAR)
    assert not (near == np.arange(len(near))[:, None]).any()
