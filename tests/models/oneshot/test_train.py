"""The true training command on tiny data, resuming, and checkpoints that are not what they say."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner

from starling.engine.cli.groups import train
from starling.models.artifacts import card_file, catalogue
from starling.models.datasets.training_set import SoundSet
from starling.models.errors import InputError, MissingError, ParseError
from starling.models.oneshot import train as training
from starling.models.oneshot.network import Config
from starling.models.oneshot.train_adversarial import Second
from starling.models.training import checkpoint
from starling.models.training.curves import LOG
from starling.models.training.session import CHECKPOINT, Session

ALONE = Second(share=0.0)
ONE = training.Settings(steps=1, batch=4, threads=1, second=ALONE)


def test_command_trains_one_step_and_the_model_plays(sound_folder: Path, tmp_path: Path) -> None:
    arguments = ["oneshot", "--data", str(sound_folder), "--steps", "1", "--out", str(tmp_path)]
    arguments += ["--name", "tiny", "--threads", "1", "--no-install"]
    result = CliRunner().invoke(train, arguments)
    assert result.exit_code == 0, result.output
    card = card_file.read_card(tmp_path / "tiny.json")
    assert card["training"]["steps"] == 1
    assert card["training"]["command"].startswith("starling train oneshot --data ")
    assert card["data"]["classes"] == {"kick": 6, "hat_closed": 6}
    assert card["data"]["sources"][0]["licence"] == "not stated"
    models = catalogue.catalogue(tmp_path)
    sound = catalogue.load_generator(models["tiny"]).generate(1, {"kind": 2})
    assert sound.ndim == 2
    resumed = CliRunner().invoke(train, [*arguments, "--resume"])
    assert resumed.exit_code == 0, resumed.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--data", "./nowhere", "--steps", "1"], "no folder at ./nowhere"),
        (["--data", "{folder}"], "a budget is needed"),
        (["--data", "{folder}", "--steps", "1", "--resume"], "no checkpoint"),
    ],
)
def test_command_answers_mistakes_in_one_sentence(
    sound_folder: Path, tmp_path: Path, arguments: list[str], message: str
) -> None:
    words = [word.format(folder=sound_folder) for word in arguments]
    result = CliRunner().invoke(train, ["oneshot", "--out", str(tmp_path), *words])
    assert result.exit_code == 1
    assert message in result.output
    assert "Traceback" not in result.output


def test_resumed_run_equals_an_unbroken_one(
    small_config: Config, sounds: SoundSet, tmp_path: Path
) -> None:
    steady = replace(ONE, final_rate=1.0, latent_free=1.0)
    whole = training.train(sounds, small_config, replace(steady, steps=4), tmp_path / "whole")
    training.train(sounds, small_config, replace(steady, steps=2), tmp_path / "parts")
    parts = training.train(
        sounds, small_config, replace(steady, steps=4), tmp_path / "parts", Session(True)
    )
    assert parts.step == whole.step == 4
    pairs = zip(whole.model.parameters(), parts.model.parameters(), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)


def test_mixed_precision_trains(small_config: Config, sounds: SoundSet, tmp_path: Path) -> None:
    settings = replace(ONE, steps=2, precision="bf16-mixed")
    result = training.train(sounds, small_config, settings, tmp_path)
    assert all(torch.isfinite(weight).all() for weight in result.model.parameters())
    assert result.figures["spectral"] < 10


def test_cancel_stops_and_saves(small_config: Config, sounds: SoundSet, tmp_path: Path) -> None:
    result = training.train(sounds, small_config, ONE, tmp_path, Session(cancelled=lambda: True))
    assert result.step == 0
    assert checkpoint.load(tmp_path / CHECKPOINT).header.step == 0


def test_interrupt_saves_and_says_so(
    small_config: Config, sounds: SoundSet, tmp_path: Path
) -> None:
    def interrupt(fraction: float, step: int, parts: dict[str, float]) -> None:
        raise KeyboardInterrupt

    result = training.train(
        sounds, small_config, replace(ONE, steps=9), tmp_path, Session(report=interrupt)
    )
    assert result.interrupted
    assert checkpoint.load(tmp_path / CHECKPOINT).header.step == 1
    assert json.loads((tmp_path / LOG).read_text().splitlines()[-1])["step"] == 1


def test_resume_refuses_another_run(small_config: Config, sounds: SoundSet, tmp_path: Path) -> None:
    training.train(sounds, small_config, ONE, tmp_path)
    others = [
        (replace(sounds, manifest="other"), small_config, ONE),
        (sounds, replace(small_config, latent=5), ONE),
        (sounds, small_config, replace(ONE, seed=1)),
    ]
    for data, config, settings in others:
        with pytest.raises(InputError):
            training.train(data, config, settings, tmp_path, Session(resume=True))


def test_a_run_is_not_overwritten(small_config: Config, sounds: SoundSet, tmp_path: Path) -> None:
    training.train(sounds, small_config, ONE, tmp_path)
    held = (tmp_path / CHECKPOINT).read_bytes()
    with pytest.raises(InputError, match="--resume goes on"):
        training.train(sounds, small_config, ONE, tmp_path)
    assert (tmp_path / CHECKPOINT).read_bytes() == held


def test_checkpoint_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(MissingError):
        checkpoint.load(tmp_path / "none.safetensors")
    (tmp_path / "a.safetensors").write_bytes(b"not a checkpoint")
    with pytest.raises(ParseError):
        checkpoint.load(tmp_path / "a.safetensors")


def test_checkpoint_of_unknown_format(
    small_config: Config, sounds: SoundSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoint, "FORMAT", 99)
    training.train(sounds, small_config, ONE, tmp_path)
    monkeypatch.undo()
    with pytest.raises(ParseError, match="format"):
        checkpoint.load(tmp_path / CHECKPOINT)
