"""The trainer and its command on tiny data: it learns, resumes exactly, answers mistakes."""

import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from click.testing import CliRunner
from tiny import TINY, album, network

from starling.engine.cli.groups import train as train_group
from starling.models.artifacts import catalogue
from starling.models.errors import InputError, StarlingError
from starling.models.samplernn import train as training
from starling.models.samplernn.batches import Batches
from starling.models.samplernn.generator import preview
from starling.models.samplernn.network import SampleRNN
from starling.models.samplernn.recipes import RECIPES
from starling.models.training import checkpoint
from starling.models.training.session import CHECKPOINT, Session
from starling.models.training.validation import BEST

LABELS = ("one", "two")


def batches(config: object = None) -> Batches:
    return Batches(album(labels=LABELS), config or replace(TINY, labels=LABELS), 4, 160, seed=0)


def settings(steps: int, save_seconds: float = 60.0) -> training.Settings:
    """Of constant rate: a run that is killed has not the steps that it was meant to have."""
    fixed = training.Settings(threads=1, rate=5e-3, final_rate=1.0, validate_every=50, average=0.9)
    return replace(fixed, steps=steps, save_seconds=save_seconds)


def test_a_run_learns_below_the_unigram(tmp_path: Path) -> None:
    result = training.train(batches(), settings(120), tmp_path)
    assert result.learning is not None and result.learning.learned
    assert result.learning.after < result.learning.trivial - 0.5 < 8
    assert result.figures["validation_bits"] == pytest.approx(result.learning.after, abs=0.5)


def test_the_last_network_is_the_model_and_with_patience_the_best(tmp_path: Path) -> None:
    wild = replace(settings(60), rate=0.5, validate_every=5, average=0.0)
    last = training.train(batches(), wild, tmp_path / "last")
    assert "step" not in last.figures and not (tmp_path / "last" / BEST).exists()
    best = training.train(batches(), replace(wild, patience=99), tmp_path / "best")
    assert best.figures["step"] < 60 and (tmp_path / "best" / BEST).exists()
    assert best.figures["validation_bits"] < last.figures["validation_bits"]


def test_a_stopped_and_resumed_run_equals_the_run_left_alone(tmp_path: Path) -> None:
    whole = training.train(batches(), settings(17), tmp_path / "whole")
    stop = iter([False] * 7 + [True] * 99)
    training.train(
        batches(), settings(17), tmp_path / "parts", Session(cancelled=lambda: next(stop))
    )
    session = Session(resume=True)
    parts = training.train(batches(), settings(17), tmp_path / "parts", session)
    assert parts.step == whole.step == 17
    for name, value in whole.model.state_dict().items():
        assert torch.equal(value, parts.model.state_dict()[name]), name


KILLED = """
import sys
from pathlib import Path
sys.path[:0] = sys.argv[2:]
from test_train import batches, settings, training
training.train(batches(), settings(400, save_seconds=0.0), Path(sys.argv[1]))
"""


def test_a_killed_and_resumed_run_equals_the_run_left_alone(tmp_path: Path) -> None:
    here, out = Path(__file__).parent, tmp_path / "parts"
    command = [sys.executable, "-P", "-c", KILLED, str(out), str(here)]
    process = subprocess.Popen(command, env={**os.environ, "OMP_NUM_THREADS": "1"})
    began = time.monotonic()
    while not (out / CHECKPOINT).exists():
        assert process.poll() is None and time.monotonic() - began < 200
        time.sleep(0.01)
    time.sleep(0.5)  # some steps later, in the middle of whatever it does
    process.kill()
    process.wait()
    reached = checkpoint.load(out / CHECKPOINT).header.step
    assert 0 < reached < 400, "it was killed on the way"
    steps = reached + 5
    whole = training.train(batches(), settings(steps), tmp_path / "whole")
    parts = training.train(batches(), settings(steps), out, Session(resume=True))
    assert parts.step == whole.step == steps
    assert parts.learning == whole.learning
    for name, value in whole.model.state_dict().items():
        assert torch.equal(value, parts.model.state_dict()[name]), name


def test_a_checkpoint_of_another_configuration_names_the_field(tmp_path: Path) -> None:
    training.train(batches(), settings(1), tmp_path)
    other = batches(replace(TINY, dim=24, labels=LABELS))
    with pytest.raises(InputError, match=r"other settings: dim was 16, now 24$"):
        training.train(other, settings(2), tmp_path, Session(resume=True))


def test_bits_are_those_of_the_whole_sequence() -> None:
    made, one = network(), Batches(album(), TINY, 1, 160, 0)
    rows, labels, _ = one.held_out()
    levels = torch.from_numpy(rows)
    with torch.no_grad():
        logits, _ = made(levels, made.initial(1))
    right = float(training.loss_in_bits(logits, levels[:, TINY.lookback :]))
    assert training.bits(made, levels, torch.from_numpy(labels)) == pytest.approx(right, abs=1e-4)


def test_numbers_that_are_lost_stop_the_run_and_keep_the_last_state(tmp_path: Path) -> None:
    training.train(batches(), settings(3), tmp_path)
    good = (tmp_path / CHECKPOINT).read_bytes()
    fast = replace(settings(40, save_seconds=1e9), rate=1e38, clip_norm=0.0)
    with pytest.raises(StarlingError, match=r"diverged.* a checkpoint of before is kept"):
        training.train(batches(), fast, tmp_path, Session(resume=True))
    assert (tmp_path / CHECKPOINT).read_bytes() == good


def test_there_are_samples_to_listen_to_while_it_trains(tmp_path: Path) -> None:
    config = replace(TINY, weight_norm=True, labels=LABELS)
    heard: dict[int, np.ndarray] = {}

    def listen(network: SampleRNN, step: int) -> None:
        heard[step] = preview(network, 0.1)
        assert network.config.weight_norm and np.array_equal(heard[step], preview(network, 0.1))

    often = settings(4, save_seconds=0.0)
    training.train(batches(config), often, tmp_path, preview=listen)
    assert len(heard) > 1 and max(heard) <= 4
    for sound in heard.values():
        assert sound.shape == (800,) and 0 < np.abs(sound).max() <= 1


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_bf16_trains_too(cell: str, tmp_path: Path) -> None:
    half = replace(settings(3), precision="bf16-mixed")
    result = training.train(batches(replace(TINY, labels=LABELS, cell=cell)), half, tmp_path)
    assert result.step == 3 and 0 < result.figures["validation_bits"] < 16


def folder_of(place: Path, labels: tuple[str, ...] = (), seconds: float = 20.0) -> Path:
    time = np.arange(int(seconds * 8000)) / 8000
    for at, label in enumerate(labels or ("",)):
        (place / label).mkdir(parents=True, exist_ok=True)
        tone = 0.4 * np.sin(2 * np.pi * 220 * (1 + at) * time) + 0.01 * np.sin(time**2 * 50)
        soundfile.write(place / label / "take.wav", tone, 8000)
    return place


def test_the_command_trains_a_model_that_can_be_played(tmp_path: Path) -> None:
    data = folder_of(tmp_path / "tones", LABELS)
    options = ["--rate", "8000", "--dim", "16", "--batch", "2", "--window", "128", "--threads", "1"]
    command = ["samplernn", "--data", str(data), "--out", str(tmp_path / "run"), *options]
    result = CliRunner().invoke(train_group, [*command, "--steps", "2", "--no-install"])
    assert result.exit_code == 0, result.output
    card = json.loads((tmp_path / "run" / "tones.json").read_text())
    assert card["training"]["command"].startswith("starling train samplernn --data tones")
    assert (
        "--dim 16" in card["training"]["command"] and "--rate 8000" in card["training"]["command"]
    )
    assert [each["name"] for each in card["controls"]][-2:] == ["mix_one", "mix_two"]
    assert card["config"]["labels"] == ["one", "two"] and card["data"]["chunks"] > 0
    generator = catalogue.load_generator(catalogue.read(tmp_path / "run" / "tones.json"))
    sound = generator.generate(3, {"seconds": 1.0, "mix_two": 1.0})
    assert sound.shape == (1, 8000) and np.isfinite(sound).all() and np.abs(sound).max() > 0
    again = CliRunner().invoke(train_group, [*command, "--steps", "3", "--no-install", "--resume"])
    assert again.exit_code == 0 and "finished after 3 steps" in again.output, again.output


@pytest.mark.parametrize(
    ("recipe", "more"),
    [("published", ["--cell", "lstm", "--layers", "2"]), ("plain_gru", []), ("compact", [])],
)
def test_every_recipe_trains_and_says_what_it_made(
    recipe: str, more: list[str], tmp_path: Path
) -> None:
    data = folder_of(tmp_path / "tones", seconds=9)
    options = ["--rate", "8000", "--dim", "16", "--batch", "2", "--window", "128", "--threads", "1"]
    command = ["samplernn", "--data", str(data), "--out", str(tmp_path / "run"), *options, *more]
    result = CliRunner().invoke(
        train_group, [*command, "--recipe", recipe, "--steps", "2", "--no-install"]
    )
    assert result.exit_code == 0, result.output
    card = catalogue.read(tmp_path / "run" / "tones.json")
    assert card.kind == RECIPES[recipe].kind and card.makes_sounds == RECIPES[recipe].plays
    if card.makes_sounds:
        sound = catalogue.load_generator(card).generate(1, {"seconds": 1.0})
        assert sound.shape == (1, 8000) and np.isfinite(sound).all()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--steps", "1", "--window", "100"], "--window must be a multiple of 64"),
        (["--steps", "1", "--recipe", "plain_gru", "--cell", "lstm"], "not for plain_gru"),
        ([], "a budget is needed"),
        (["--steps", "1", "--name", "A B"], "--name may hold"),
        (["--steps", "1", "--data", "nowhere"], "nowhere"),
    ],
)
def test_mistakes_are_answered_in_one_sentence(
    words: list[str], sentence: str, tmp_path: Path
) -> None:
    data = folder_of(tmp_path / "tones", seconds=9)
    command = ["samplernn", "--data", str(data), "--out", str(tmp_path / "run"), "--no-install"]
    result = CliRunner().invoke(train_group, [*command, *words])
    assert result.exit_code == 1 and sentence in result.output, result.output
    assert "Traceback" not in result.output


def test_the_command_lists_the_recipes() -> None:
    from starling.engine.cli.train import samplernn

    assert tuple(RECIPES) == samplernn.RECIPES
