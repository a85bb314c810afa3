"""Errors of commands: sentences and exit code 1; faults are logged; Ctrl-C says what is kept."""

import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from starling.engine.cli.error_group import ErrorGroup
from starling.engine.cli.groups import evaluate, train
from starling.engine.cli.stopping import stoppable
from starling.models.errors import InputError, StarlingError


@click.group(cls=ErrorGroup)
def group() -> None:
    """Fail in several ways."""


@group.command()
def mistake() -> None:
    """Fail with a sentence."""
    raise InputError("count must be 1..9, got 0")


@group.command()
def diverged() -> None:
    """Fail with a code that the wire does not know."""
    raise StarlingError("the training diverged: loss is nan", code="diverged")


@group.command()
def absent() -> None:
    """Fail as the system does."""
    Path("none.mid").read_bytes()


@group.command()
def fault() -> None:
    """Fail unforeseen."""
    raise ValueError("many")


@group.command()
def stopped() -> None:
    """Be stopped."""
    with stoppable("the same command goes on"):
        raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("mistake", "count must be 1..9, got 0"),
        ("diverged", "the training diverged: loss is nan"),
        ("absent", "no such file: none.mid"),
        ("stopped", "stopped; the same command goes on"),
    ],
)
def test_an_error_is_a_sentence(
    name: str, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(group, [name])
    assert (done.exit_code, done.output) == (1, f"Error: {sentence}\n")


def test_a_fault_is_logged(tmp_path: Path) -> None:
    done = CliRunner(env={"STARLING_HOME": str(tmp_path)}).invoke(group, ["fault"])
    log = tmp_path / "logs" / "commands.jsonl"
    assert done.exit_code == 1 and str(log) in done.output
    assert "ValueError: many" in json.loads(log.read_text())["traceback"]


def test_training_and_evaluation_fail_in_sentences_too() -> None:
    assert isinstance(train, ErrorGroup) and isinstance(evaluate, ErrorGroup)
