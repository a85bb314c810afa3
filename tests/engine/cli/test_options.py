"""Options that commands share: one name each, earlier spellings accepted but not shown."""

import inspect
import shutil
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from starling.engine.cli.main import main
from starling.engine.cli.options import (
    MAX_SEED,
    CardPath,
    count_option,
    jobs_option,
    new_seed_option,
    out_option,
    seed_option,
)
from starling.engine.config import folders
from starling.models.artifacts import card_file
from starling.models.artifacts.catalogue import WEIGHTS


def value(option: object, *words: str, code: int = 0) -> str:
    """What a command with one option gets of a command line, as text."""
    assert callable(option)

    @click.command()
    @option
    def command(**given: object) -> None:
        [found] = given.values()
        click.echo(repr(found), nl=False)

    done = CliRunner().invoke(command, words)
    assert done.exit_code == code, done.output
    return done.output


@pytest.mark.parametrize("old", ["--output", "--to"])
@pytest.mark.parametrize("default", [None, Path("mix.wav")])
def test_an_earlier_spelling_of_out_is_accepted_and_hidden(old: str, default: Path | None) -> None:
    option = out_option("Where.", default=default, old=old)
    for spelling in ("-o", "--out", old):
        assert value(option, spelling, "a.wav") == repr(Path("a.wav"))
    assert value(option) == repr(default), "an absent one changes nothing"
    assert value(option, "--out", "a", old, "b") == repr(Path("b")), "the last one counts"
    shown = value(option, "--help")
    assert "-o, --out" in shown and old not in shown.replace("--out ", "")


def test_a_required_out_is_required_under_either_name() -> None:
    option = out_option("Where.", required=True, old="--to")
    assert value(option, "--to", "a") == repr(Path("a"))
    assert "Missing option '-o' / '--out'" in value(option, code=2)
    assert "Missing option '-o' / '--out'" in value(out_option("Where.", required=True), code=2)


def test_a_model_is_given_by_its_card_or_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STARLING_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    own = folders().models / "tunes.json"
    own.parent.mkdir(parents=True)
    for suffix in (".json", ".safetensors"):
        shutil.copy((WEIGHTS / "chip-composer.json").with_suffix(suffix), own.with_suffix(suffix))
    content = card_file.read_card(own)
    card_file.write_card(own.parent, {**content, "name": "tunes"})
    Path("tunes").mkdir()  # a folder of that name is not the model
    for word, path in (
        ("tunes", own),
        ("timbre", WEIGHTS / "timbre.json"),
        ("./tunes", Path("tunes")),
        ("tunes.json", Path("tunes.json")),
        ("runs/tunes", Path("runs/tunes")),
    ):
        assert CardPath().convert(word, None, None) == path
    with pytest.raises(click.ClickException, match=r"no model none; there are: .*tunes.*\./none"):
        CardPath().convert("none", None, None)


OUTS = [
    ("generate", "drums", "-o", "{file}/inner"),
    ("generate", "drums", "-o", "{file}/a.wav"),
    ("sounds", "vary", "none.wav", "--out", "{file}"),
    ("sounds", "morph", "none.wav", "none.wav", "--out", "{file}/inner"),
    ("sounds", "encode", "none.wav", "--out", "{file}/a.wav"),
    ("compose", "--out", "{file}"),
    ("evaluate", "oneshot", "--data", "{folder}", "--out", "{file}"),
    ("evaluate", "oneshot", "--data", "{folder}", "--sheet", "{file}/a.png"),
    ("evaluate", "samplernn", "--data", "{folder}", "--out", "{file}"),
    ("evaluate", "proxy", "--model", "none.json", "--data", "none", "--out", "{file}"),
    ("evaluate", "nes", "--data", "none.npz", "--out", "{file}"),
    ("train", "oneshot", "--data", "{folder}", "--steps", "1", "--out", "{file}"),
]


@pytest.mark.parametrize("words", OUTS, ids=" ".join)
def test_where_nothing_can_be_written_no_work_is_done(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    """The place is refused first: what else is wrong with these commands stays unsaid."""
    (tmp_path / "file").write_text("in the way")
    places = {"file": tmp_path / "file", "folder": tmp_path}
    line = [word.format(**places) for word in words]
    failed = CliRunner(env={"STARLING_HOME": str(tmp_path / "home")}).invoke(main, line)
    assert failed.exit_code == 1
    assert "no folder that can be written to" in failed.output.replace("\n", " ")


def test_a_model_that_could_not_be_listed_is_not_trained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STARLING_HOME", str(tmp_path / "home"))
    folders().models.parent.mkdir(parents=True)
    folders().models.write_text("in the way")
    words = ["train", "oneshot", "--data", str(tmp_path), "--name", "mine", "--steps", "1"]
    failed = CliRunner().invoke(main, [*words, "--out", str(tmp_path / "run")])
    assert failed.exit_code == 1
    assert failed.output.startswith("Error: the folder of models")
    assert not (tmp_path / "run").exists()


def test_sounds_are_not_written_into_a_folder_that_is_named_like_an_mp3(tmp_path: Path) -> None:
    out = tmp_path / "g.mp3"
    failed = CliRunner().invoke(main, ["generate", "drums", "-o", str(out)])
    assert failed.exit_code == 1 and "are written as .wav files" in failed.output
    assert not out.exists()


def test_a_seed_has_one_range_and_is_new_where_left_out() -> None:
    for option in (seed_option, new_seed_option()):
        assert value(option, "--seed", str(MAX_SEED)) == str(MAX_SEED)
        assert "0<=x<=2147483647" in value(option, "--seed", "-1", code=2)
    assert value(seed_option) == "0"
    seeds = {int(value(new_seed_option())) for _ in range(3)}
    assert len(seeds) == 3 and all(0 <= seed <= MAX_SEED for seed in seeds)


def test_counts_and_jobs_have_ranges_where_their_command_does_not_check() -> None:
    assert value(count_option(8, 32)) == "8" and value(count_option(8)) == "8"
    assert "1<=x<=32" in value(count_option(8, 32), "--count", "33", code=2)
    assert value(count_option(8), "--count", "33") == "33"
    assert value(jobs_option()) == "None" and value(jobs_option(), "--jobs", "99") == "99"
    assert "1<=x<=64" in value(jobs_option(most=64), "--jobs", "65", code=2)


@pytest.mark.parametrize(
    ("path", "old"),
    [
        (("generate",), "--output"),
        (("render",), "--output"),
        (("presets", "audition"), "--output"),
        (("presets", "export"), "--to"),
    ],
)
def test_commands_of_version_0_1_0_still_work(path: tuple[str, ...], old: str) -> None:
    command: click.Command = main
    for name in path:
        assert isinstance(command, click.Group)
        found = command.get_command(click.Context(command), name)
        assert found is not None
        command = found
    options = {name: each for each in command.params for name in each.opts}
    hidden, shown = options[old], options["--out"]
    assert isinstance(hidden, click.Option) and isinstance(shown, click.Option)
    assert hidden.hidden and not shown.hidden
    assert hidden.name == shown.name == "out"
    assert command.callback is not None and "out" in inspect.signature(command.callback).parameters


def test_generate_writes_where_the_earlier_spelling_says(tmp_path: Path) -> None:
    for spelling in ("--out", "--output"):
        place = tmp_path / f"{spelling.strip('-')}.wav"
        words = ["generate", "drums", "--seed", "7", spelling, str(place)]
        assert CliRunner().invoke(main, words).exit_code == 0
    one, other = sorted(tmp_path.iterdir())
    assert one.read_bytes() == other.read_bytes()
