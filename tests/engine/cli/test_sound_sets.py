"""How `--data` finds a data set of sounds: by name, by path, or the default that was chosen."""

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from starling.engine.cli.main import main
from starling.engine.cli.sound_sets import Scores, SoundFolder, given_or_default


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
    (tmp_path / "elsewhere" / "pack" / "kick").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert SoundFolder().convert("pack", None, None) == place
    assert SoundFolder().convert("./pack", None, None) == Path("pack")
    with pytest.raises(click.ClickException, match="data sets: pack"):
        SoundFolder().convert("other", None, None)
    context, option = click.Context(main), click.Option(["--data"])
    assert given_or_default(context, option, pack) == pack
    with pytest.raises(click.MissingParameter):
        given_or_default(context, option, None)
    run("dataset", "use", "pack")  # as beside the folder that it was imported from
    assert given_or_default(context, option, None) == place
    failed = CliRunner().invoke(main, ["dataset", "use", "./pack"])
    assert failed.exit_code == 1 and "./pack is a path" in failed.output
    assert given_or_default(context, option, None) == place


def test_scores_are_given_by_path_or_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STARLING_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tunes").mkdir()
    for word in ("./tunes", "tunes.npz", str(tmp_path)):
        assert Scores().convert(word, None, None) == Path(word)
    with pytest.raises(click.ClickException, match=r"no data set tunes .*given as \./tunes"):
        Scores().convert("tunes", None, None)
    place = tmp_path / "data" / "datasets" / "tunes"
    place.mkdir(parents=True)
    (place / "dataset.json").write_text('{"format": 1, "kind": "sounds", "as": "nes"}')
    assert Scores().convert("tunes", None, None) == place


def test_training_without_data_says_what_is_missing(tmp_path: Path) -> None:
    runner = CliRunner(env={"STARLING_HOME": str(tmp_path)})
    found = runner.invoke(main, ["train", "oneshot", "--steps", "1"])
    assert found.exit_code == 2 and "Missing option '--data'" in found.output
