"""What the train commands share: checks before the work, budgets, what is published, the end."""

import json
import re
from pathlib import Path

import click
import numpy as np
import pytest
import soundfile
import toy_synth as toy
from click.testing import CliRunner

from starling.engine.cli.groups import train
from starling.engine.cli.train.shared import (
    RunOptions,
    command_of,
    publish_learned,
    run_options,
    say_end,
)
from starling.models.artifacts import catalogue
from starling.models.errors import StarlingError
from starling.models.training.budget import Budget
from starling.models.training.learning import Learning
from starling.models.training.result import Result
from starling.models.training.session import CHECKPOINT

WORSE = Learning("held-out loss", 1.0, 1.5)
BETTER = Learning("held-out loss", 1.0, 0.5)
DATA = {
    "oneshot": ["--data", "{sounds}"],
    "additive": ["--data", "{sounds}"],
    "baseline": ["--data", "{sounds}", "--model", "dense_gan"],
    "timbre": ["--data", "{renders}"],
    "estimator": ["--data", "{renders}"],
    "proxy": ["--data", "{renders}", "--embedder", "classical"],
}
each_command = pytest.mark.parametrize("name", DATA)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Data that would be read if a command came so far."""
    root = tmp_path_factory.mktemp("data")
    (root / "sounds" / "kick").mkdir(parents=True)
    for index in range(4):
        sound = np.sin(np.arange(9000) / (9 + index)) * np.exp(-np.arange(9000) / 900)
        soundfile.write(root / "sounds" / "kick" / f"{index}.wav", sound, 44100)
    return {"sounds": root / "sounds", "renders": toy.write_set(root / "toy", toy.draw(60, 0))}


def refused(name: str, folders: dict[str, Path], *words: object) -> str:
    """What a command answers, which it must refuse before it reads anything."""
    given = [word.format(**folders) for word in DATA[name]]
    done = CliRunner().invoke(train, [name, *given, "--steps", "3", *map(str, words)])
    assert done.exit_code == 1 and "Traceback" not in done.output, done.output
    return done.output


@each_command
def test_names_and_folders_are_checked_first(
    name: str, folders: dict[str, Path], tmp_path: Path
) -> None:
    assert "--name may hold a-z" in refused(name, folders, "-o", tmp_path, "--name", "A b")
    (tmp_path / "file").touch()
    output = refused(name, folders, "--out", tmp_path / "file")
    assert "no folder that can be written to" in output
    assert "train without --resume first" in refused(name, folders, "-o", tmp_path, "--resume")
    for state in (CHECKPOINT, "fits.safetensors"):
        (tmp_path / "held").mkdir(exist_ok=True)
        (tmp_path / "held" / state).touch()
    assert "holds a run already" in refused(name, folders, "-o", tmp_path / "held")


@each_command
def test_a_budget_has_one_name_and_an_earlier_one(name: str) -> None:
    command = train.commands[name]
    shown = CliRunner().invoke(train, [name, "--help"]).output
    assert "--budget" in shown and "--steps" in shown and "--minutes" not in shown
    assert {"--budget", "--minutes"} <= {each for param in command.params for each in param.opts}


@pytest.mark.parametrize(
    ("words", "minutes"),
    [
        (["--budget", "90s"], 1.5),
        (["--minutes", "3"], 3.0),
        (["--minutes", "0.5"], 0.5),
        (["--minutes", "9", "--budget", "1h"], 60.0),
        ([], 0.0),
    ],
)
def test_budget_and_minutes_are_one(words: list[str], minutes: float) -> None:
    seen: list[RunOptions] = []

    @click.command()
    @run_options(Path("runs/x"))
    def command(run: RunOptions) -> None:
        seen.append(run)

    assert CliRunner().invoke(command, [*words, "--steps", "4"]).exit_code == 0
    assert seen[0].budget == Budget(minutes, 4) and seen[0].out == Path("runs/x")
    assert dict(seen[0].arguments())["--budget"] == (f"{minutes:g}m" if minutes else "")


def test_commands_are_written_as_they_are_typed() -> None:
    words = ("--data", (Path("a/b"), Path("c d"))), ("--keep", True), ("--off", False)
    line = command_of("x", *words, ("--seed", 0), ("--rate", 0.5), ("--name", ""), ("--n", None))
    assert line == "starling train x --data b --data 'c d' --keep --rate 0.5"


def result(learning: Learning | None, step: int = 9, interrupted: bool = False) -> Result[None]:
    return Result(None, step, 1.0, {}, interrupted, learning)


def test_only_what_was_learned_is_published(tmp_path: Path) -> None:
    card = tmp_path / "card.json"
    for fine in (result(None), result(BETTER), result(BETTER, interrupted=True)):
        assert publish_learned(fine, lambda: card) == card
    with pytest.raises(StarlingError, match="did not learn"):
        publish_learned(result(WORSE), lambda: card)
    for early in (result(WORSE, interrupted=True), result(None, 0, interrupted=True)):
        assert publish_learned(early, lambda: card) is None


def test_an_interrupted_run_that_has_not_learned_says_how_it_goes_on(
    capsys: pytest.CaptureFixture[str],
) -> None:
    run = RunOptions(Budget(), Path("out"), "", 0, 0, False, False)
    say_end(run, result(WORSE, interrupted=True), None, {})
    assert capsys.readouterr().out == (
        "interrupted, --resume goes on after 9 steps: it has not learned yet, no model is written\n"
    )


def test_random_labels_teach_nothing_and_no_model_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shuffle, sound = np.random.default_rng(0), toy.sound
    monkeypatch.setattr(toy, "sound", lambda values: sound(shuffle.permutation(values)))
    renders = toy.write_set(tmp_path / "toy", toy.draw(200, 0))
    words = ["proxy", "--data", renders, "--embedder", "classical", "--threads", 1, "--batch", 32]
    words += ["--token", 4, "--width", 32, "--layers", 1, "--out", tmp_path / "run"]
    done = CliRunner().invoke(train, [*map(str, words), "--steps", "300"])
    assert done.exit_code == 1, done.output
    assert re.search("did not learn: its held-out loss is .* after 300 steps", done.output)
    assert (tmp_path / "run" / CHECKPOINT).is_file()
    assert not (tmp_path / "run" / "toy.json").exists()
    again = CliRunner().invoke(train, [*map(str, words), "--steps", "301", "--resume"])
    assert again.exit_code == 1 and "after 301 steps" in again.output


def test_a_budget_that_ends_before_the_first_step_lists_no_model(
    folders: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    words = ["oneshot", "--data", folders["sounds"], "--seconds", "0.3", "--threads", 1]
    words += ["--name", "mine", "--budget", "0.1s", "--out", tmp_path / "run"]
    done = CliRunner().invoke(train, [*map(str, words)])
    assert done.exit_code == 1 and "did not learn" in done.output, done.output
    assert "after 0 steps" in done.output
    assert not list(tmp_path.rglob("mine.json"))
    more = CliRunner().invoke(
        train, [*map(str, words[:-4]), "--steps", "1", "--out", str(tmp_path / "run"), "--resume",
                "--json"]
    )  # fmt: skip
    assert more.exit_code == 0, more.output
    assert "mine" in catalogue.catalogue(Path(json.loads(more.stdout)["installed"]).parent)
