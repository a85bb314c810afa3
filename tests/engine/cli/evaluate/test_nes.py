"""`starling evaluate nes`: composers, compared models and counts in one table, and statistics."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from song_data import toy_songs

from starling.engine.cli.groups import evaluate, train
from starling.models.composer.songs import Songs


def write(path: Path, every: Songs) -> Path:
    np.savez(path, frames=every.frames, offsets=every.offsets)
    return path


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of each kind that has seen two steps of four songs, and two further songs."""
    home = tmp_path_factory.mktemp("models")
    data = write(home / "songs.npz", toy_songs(4, 800))
    write(home / "test.npz", toy_songs(2, 970))
    write(home / "short.npz", toy_songs(2, 800))
    small = ["--width", "24", "--batch", "2", "--steps", "2", "--threads", "1"]
    for name, words in (
        ("composer", ["nes", "--hidden", "16", "--layers", "1"]),
        ("lstm", ["composer-baseline", "--kind", "lstm", "--window", "16"]),
        ("p1", ["composer-baseline", "--kind", "lstm", "--window", "16", "--reduced"]),
        ("vae", ["composer-baseline", "--kind", "vae"]),
        ("transformer", ["composer-baseline", "--kind", "transformer", "--window", "32"]),
    ):
        command = [*words, "--data", str(data), "--name", name, "--out", str(home / name), *small]
        result = CliRunner().invoke(train, command)
        assert result.exit_code == 0, result.output
    return home


NAMES = ("composer", "lstm", "p1", "transformer", "vae")
WIDE = {"COLUMNS": "160"}  # characters: no cell of a table is broken


def run(
    home: Path, *words: str, names: tuple[str, ...] = NAMES, data: str = "test.npz", code: int = 0
) -> str:
    models = [word for name in names for word in ("--model", str(home / name / f"{name}.json"))]
    command = ["nes", "--data", str(home / data), *models, *words]
    result = CliRunner().invoke(evaluate, command, env=WIDE)
    assert result.exit_code == code, result.output
    return result.stdout if code == 0 else result.output


def cells(said: str) -> dict[str, list[str]]:
    """The rows of all tables by their first cells."""
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in said.splitlines()]
    return {row[0]: row[1:] for row in rows if row}


def test_all_that_give_nats_stand_in_one_table(home: Path) -> None:
    said = run(home, "--counts", str(home / "songs.npz"))
    rows = cells(said)
    assert rows.keys() == {*NAMES, "unigram", "bigram", "counts"}
    assert "-" not in rows["composer"] and len(rows["composer"]) == 8
    assert rows["unigram"][2:4] == ["-", "-"] and float(rows["unigram"][0]) > 5
    assert rows["p1"][0] == "-" and float(rows["p1"][4]) > 1
    assert rows["vae"] == ["-"] * 8
    assert "vae: loss" in said and "transformer: perplexity per lakhnes event" in said


def test_scripts_get_nats_statistics_and_distances(home: Path) -> None:
    names = NAMES[1:]
    found: dict[str, Any] = json.loads(run(home, "--statistics", "2", "--json", names=names))
    assert found.keys() == {*names, "real"}
    assert found["real"].keys() == {"statistics"}
    for name in names:
        assert found[name]["distances"].keys() == found[name]["paired_distances"].keys()
        assert len(found[name]["statistics"]["pitch_classes"]) == 12
    assert found["lstm"]["nats_per_frame"] > 5, "of a network that has seen two steps"
    assert found["lstm"]["statistics"]["repetition"] < found["real"]["statistics"]["repetition"]


def test_people_get_tables_of_statistics(home: Path) -> None:
    rows = cells(run(home, "--statistics", "1", names=("vae",)))
    assert rows.keys() == {"vae", "real", "vae, sets", "vae, pairs"}
    assert [len(rows[name]) for name in ("real", "vae, pairs")] == [4, 5]


def test_songs_that_are_too_short_to_be_continued_are_named(home: Path) -> None:
    said = run(home, "--statistics", "1", names=("vae",), data="short.npz", code=1)
    assert "no song has 960 frames" in said
