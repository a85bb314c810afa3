"""How `--data` finds a data set of sounds: by name, by path, or the default that was chosen."""

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from starling.engine.cli.main import main
from starling.engine.cli.sound_sets import SoundFolder, given_or_default


def run(*words: str) -> None:
    found = CliRunner().invoke(main, words)
    assert found.exit_code == 0, found.output


def test_data_takes_a_name_a_path_or_the_default(
    pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STARLING_HOME", str(tmp_path))
    run("dataset", "import", str(pack))
    place = tmp_path / "data" / "datasets" / "pack"
    assert SoundFolder().convert("pack", None, None) == place
    assert SoundFolder().convert(str(pack), None, None) == pack
    with pytest.raises(click.ClickException, match="data sets: pack"):
        SoundFolder().convert("other", None, None)
    context, option = click.Context(main), click.Option(["--data"])
    assert given_or_default(context, option, pack) == pack
    with pytest.raises(click.MissingParameter):
        given_or_default(context, option, None)
    run("dataset", "use", "pack")
    assert given_or_default(context, option, None) == place


def test_training_without_data_says_what_is_missing(tmp_path: Path) -> None:
    runner = CliRunner(env={"STARLING_HOME": str(tmp_path)})
    found = runner.invoke(main, ["train", "oneshot", "--steps", "1"])
    assert found.exit_code == 2 and "Missing option '--data'" in found.output
