"""The true training command at small sizes, resuming, interrupting, and what the card says."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from baseline_sizes import FRONT, TINY, shrink, write_sounds
from click.testing import CliRunner

from starling.engine.cli.groups import train
from starling.engine.cli.train.baseline import MODELS
from starling.models.artifacts import card_file, catalogue
from starling.models.baselines import data as baseline_data
from starling.models.baselines import train as training
from starling.models.baselines.data import Windows
from starling.models.baselines.kinds import BASELINES
from starling.models.errors import InputError, MissingError, StarlingError
from starling.models.training import checkpoint
from starling.models.training.curves import CURVES, LOG
from starling.models.training.session import CHECKPOINT, Session

ONE = training.Settings(steps=1, threads=1)
KINDS = tuple(BASELINES)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sounds(tmp_path_factory.mktemp("baseline") / "animals")


@pytest.fixture(scope="module")
def sounds(folder: Path) -> Windows:
    return baseline_data.load(folder, FRONT)


def test_command_offers_every_baseline() -> None:
    assert MODELS == KINDS
    assert all(catalogue.KINDS[kind] for kind in KINDS)
    help_text = CliRunner().invoke(train, ["baseline", "--help"]).output
    assert all(name in help_text for name in BASELINES["dense_gan"].recipes)


@pytest.mark.parametrize("kind", KINDS)
def test_command_trains_and_the_model_plays(
    kind: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shrink(monkeypatch)
    arguments = ["baseline", "--model", kind, "--data", str(folder), "--recipe", "tiny"]
    arguments += ["--steps", "2", "--threads", "1", "--out", str(tmp_path), "--name", "tiny"]
    result = CliRunner().invoke(train, [*arguments, "--json"])
    assert result.exit_code == 0, result.output
    said = json.loads(result.stdout)
    assert said["steps"] == 2 and Path(said["card"]) == tmp_path / "tiny.json"
    card = card_file.read_card(tmp_path / "tiny.json")
    assert card["training"]["command"] == (
        f"starling train baseline --model {kind} --data animals --recipe tiny"
        " --steps 2 --seed 0 --threads 1 --name tiny"
    )
    assert (card["training"]["recipe"], card["training"]["steps"]) == ("tiny", 2)
    assert (card["data"]["sounds"], card["data"]["held_out"]) == (10, 2)
    assert any("left out, the attack" in sentence for sentence in card["limits"])
    player = catalogue.load_generator(catalogue.catalogue(tmp_path)["tiny"])
    assert player.generate(1, {}).shape == (1, FRONT.samples)
    resumed = CliRunner().invoke(train, [*arguments, "--resume"])
    assert resumed.exit_code == 0 and "finished after 2 steps" in resumed.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--data", "./nowhere", "--steps", "1"], "no folder"),
        (["--data", "{folder}"], "a budget is needed"),
        (["--data", "{folder}", "--steps", "1", "--resume"], "no checkpoint"),
        (["--data", "{folder}", "--steps", "1", "--class", "cow"], "no class 'cow'"),
        (["--data", "{folder}", "--steps", "1", "--recipe", "best"], "head or 8c0a7a9 or tiny"),
    ],
)
def test_command_answers_mistakes_in_one_sentence(
    folder: Path,
    tmp_path: Path,
    arguments: list[str],
    message: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shrink(monkeypatch)
    words = ["--recipe", "tiny", *(word.format(folder=folder) for word in arguments)]
    base = ["baseline", "--model", "dense_gan", "--out", str(tmp_path)]
    result = CliRunner().invoke(train, [*base, *words])
    assert result.exit_code == 1
    assert message in result.output and "Traceback" not in result.output


def test_with_the_attack_nothing_is_dropped(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shrink(monkeypatch)
    arguments = ["baseline", "--model", "dense_gan", "--data", str(folder), "--recipe", "tiny"]
    arguments += ["--keep-attack", "--steps", "1", "--out", str(tmp_path)]
    result = CliRunner().invoke(train, arguments)
    assert result.exit_code == 0, result.output
    card = card_file.read_card(tmp_path / "dense-gan.json")
    assert card["config"]["front"]["dropped"] == 0 and card["config"]["front"]["read"] == 600
    assert "--keep-attack" in card["training"]["command"]
    assert not any("attack" in sentence for sentence in card["limits"])


@pytest.mark.parametrize("kind", KINDS)
def test_resumed_run_equals_an_unbroken_one(kind: str, sounds: Windows, tmp_path: Path) -> None:
    config = TINY[kind]
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    wanted = training.train(kind, sounds, config, replace(ONE, steps=6), whole)
    training.train(kind, sounds, config, replace(ONE, steps=3), parts)
    found = training.train(kind, sounds, config, replace(ONE, steps=6), parts, Session(resume=True))
    assert found.step == wanted.step == 6
    assert found.figures == wanted.figures
    pairs = zip(wanted.model.parameters(), found.model.parameters(), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)


def test_a_run_that_diverges_stops_and_keeps_its_checkpoint(
    sounds: Windows, tmp_path: Path
) -> None:
    config = replace(TINY["spectral_vae"], rate=1e6)
    training.train("spectral_vae", sounds, config, ONE, tmp_path)
    before = (tmp_path / CHECKPOINT).read_bytes()
    with pytest.raises(StarlingError, match="diverged"):
        training.train(
            "spectral_vae", sounds, config, replace(ONE, steps=50), tmp_path, Session(resume=True)
        )
    assert (tmp_path / CHECKPOINT).read_bytes() == before


def test_both_parts_move_at_their_own_rates(sounds: Windows, tmp_path: Path) -> None:
    config = replace(TINY["dense_gan"], generator_rate=0.0)
    training.train("dense_gan", sounds, config, ONE, tmp_path)
    torch.manual_seed(ONE.seed)
    before = BASELINES["dense_gan"].network(config).state_dict()
    saved = checkpoint.load(tmp_path / CHECKPOINT)
    for name, value in saved.weights.items():
        assert torch.equal(value, before[name]) == name.startswith("generator"), name


def test_mixed_precision_trains(sounds: Windows, tmp_path: Path) -> None:
    settings = replace(ONE, precision="bf16-mixed")
    result = training.train("dense_gan", sounds, TINY["dense_gan"], settings, tmp_path)
    assert all(np.isfinite(value) for value in result.figures.values())


def test_interrupt_saves_and_says_so(sounds: Windows, tmp_path: Path) -> None:
    def interrupt(fraction: float, step: int, losses: dict[str, float]) -> None:
        raise KeyboardInterrupt

    settings = replace(ONE, steps=9)
    config = TINY["spectral_vae"]
    result = training.train(
        "spectral_vae", sounds, config, settings, tmp_path, Session(report=interrupt)
    )
    assert result.interrupted and result.step == 1
    assert checkpoint.load(tmp_path / CHECKPOINT).header.step == 1
    assert json.loads((tmp_path / LOG).read_text().splitlines()[-1])["step"] == 1
    assert any((tmp_path / CURVES).iterdir())


def test_cancel_stops_and_saves(sounds: Windows, tmp_path: Path) -> None:
    config = TINY["dense_gan"]
    result = training.train(
        "dense_gan", sounds, config, ONE, tmp_path, Session(cancelled=lambda: True)
    )
    assert result.step == 0 and (tmp_path / CHECKPOINT).is_file()


def test_resume_refuses_another_run(sounds: Windows, tmp_path: Path) -> None:
    config = TINY["dense_gan"]
    with pytest.raises(MissingError):
        training.train("dense_gan", sounds, config, ONE, tmp_path, Session(resume=True))
    training.train("dense_gan", sounds, config, ONE, tmp_path)
    others = [
        ("dense_gan", replace(sounds, manifest="other"), config, ONE),
        ("dense_gan", sounds, replace(config, latent=5), ONE),
        ("dense_gan", sounds, replace(config, generator_rate=1e-5), ONE),
        ("dense_gan", sounds, config, replace(ONE, seed=1)),
        ("spectral_vae", sounds, TINY["spectral_vae"], ONE),
    ]
    for kind, data, other, settings in others:
        with pytest.raises(InputError):
            training.train(kind, data, other, settings, tmp_path, Session(resume=True))
    with pytest.raises(InputError, match="--resume goes on"):
        training.train("dense_gan", sounds, config, ONE, tmp_path)


def test_batches_repeat_small_sets_and_skip_nobody() -> None:
    rows = np.concatenate([training.drawn(10, 6, 0, step) for step in range(5)])
    assert [np.bincount(rows[start : start + 10]).tolist() for start in (0, 10, 20)] == [
        [1] * 10
    ] * 3
    assert np.bincount(training.drawn(2, 64, 0, 3)).tolist() == [32, 32]
    assert training.drawn(10, 6, 0, 4).tolist() == rows[24:].tolist()
