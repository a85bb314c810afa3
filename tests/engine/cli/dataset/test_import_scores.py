"""`starling dataset import --as nes`: what a person types, in what words it answers."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from toy_midi import midi_of

Run = Callable[..., str]


@pytest.fixture
def songs(tmp_path: Path) -> Path:
    """Two songs for more voices than there are, and a file that is no MIDI."""
    folder = tmp_path / "Songs"
    folder.mkdir()
    for number in range(2):
        parts = [
            (f"t{at}", at, [(beat, 1, 40 + 6 * at + (beat + number) % 5) for beat in range(20)])
            for at in range(1, 6)
        ]
        midi_of(*parts).save(folder / f"{number}.mid")
    (folder / "bad.mid").write_bytes(b"RIFF")
    return folder


def test_import_list_info_use_remove(run: Run, songs: Path, tmp_path: Path) -> None:
    said = run("import", "--as", "nes", str(songs), "--licence", "CC0-1.0")
    for each in (
        "bad.mid: bad.mid is not a Standard MIDI File",
        "0: 40 of 100 notes have no voice left; left out: ",
        "0.0 hours at 24 frames a second",
        "2 scores in the data set Songs",
    ):
        assert each in said
    rows = json.loads(run("list", "--json"))
    assert [(row["name"], row["of"], row["count"]) for row in rows[:1]] == [("Songs", "scores", 2)]
    assert "CC0-1.0" in run("info", "Songs")
    assert "Songs is a set of scores" in run("use", "Songs", code=1)
    assert "a data set Songs exists" in run("import", "--as", "nes", str(songs), code=1)
    assert run("remove", "Songs") == "Songs is removed\n"


def test_drums_are_for_scores_only(run: Run, songs: Path, tmp_path: Path) -> None:
    said = run("import", str(songs), "--drums", "kit", code=2)
    assert "--drums is not for --as oneshots: it adds drums to scores" in said


def test_json_and_dry_run(run: Run, songs: Path, tmp_path: Path) -> None:
    words = ("import", "--as", "nes", str(songs), "--name", "mine", "--dry-run", "--json")
    found = json.loads(run(*words))
    assert found["path"] is None and found["name"] == "mine" and len(found["sounds"]) == 2
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--rate", "8000"), 2, "--rate is not for --as nes: scores have 24 frames a second"),
        (("--seconds", "2"), 2, "--seconds is not for --as nes: songs keep their length"),
        (("--near", "drop"), 2, "--near is not for --as nes: only exact copies are found"),
        (("--jobs", "2"), 2, "--jobs is not for --as nes: files are read one after the other"),
        (("--name", "a/b"), 1, "name must be 1..64 letters"),
        (("--drums", "kit"), 1, "drums must be a class with files of drums alone"),
    ],
)
def test_options_that_are_not_for_scores(
    run: Run, songs: Path, tmp_path: Path, words: tuple[str, ...], code: int, said: str
) -> None:
    assert said in run("import", "--as", "nes", str(songs), *words, code=code)
