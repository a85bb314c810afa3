"""`starling evaluate nes`: composers, compared models and counts in one table, and statistics."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from song_data import toy_songs

from starling.engine.cli.groups import evaluate, train
from starling.engine.config import folders
from starling.models.composer.baselines import tx1
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
        ("composer", ["nes", "--no-install", "--hidden", "16", "--layers", "1"]),
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
    assert rows.keys() == {*NAMES, "unigram", "bigram", "5-gram", "9-gram", "counts"} - {"vae"}
    assert rows["p1"][0] == "-" and float(rows["p1"][5]) > 1
    assert "-" not in rows["composer"] and len(rows["composer"]) == 9
    assert float(rows["unigram"][0]) > 5 and rows["unigram"][4] == "-"
    assert "vae: loss" in said and "p1: nats per frame P1" in said


def test_the_same_nats_stand_in_each_unit(home: Path) -> None:
    found = json.loads(run(home, "--json", names=("composer", "lstm", "transformer")))
    songs = toy_songs(2, 970)
    for name, each in found.items():
        nats = each["nats_per_frame"] * len(songs.frames)
        changes = (np.diff(songs.frames, axis=0, prepend=0) != 0).sum()
        assert nats / changes > each["nats_per_event"] > nats / (2 * changes), name
        assert each["nats_per_second"] == pytest.approx(24 * each["nats_per_frame"])
    whole = found["composer"]["nats_per_frame"] * len(songs.frames)
    assert found["composer"]["perplexity_per_lakhnes_event"] == pytest.approx(
        np.exp(whole / tx1.event_count(songs))
    )


def test_what_memory_and_repeats_are_worth_stands_beside(home: Path) -> None:
    words = ["--memory", "1", "--memory", "8", "--without-repeats", "--json"]
    found = json.loads(run(home, *words, names=("composer",)))
    assert list(found) == [
        "composer",
        "composer, memory of 1",
        "composer, memory of 8",
        "composer, without repeats",
    ]
    assert len({each["nats_per_frame"] for each in found.values()}) == 4


def test_scripts_get_nats_statistics_and_distances(home: Path) -> None:
    names = NAMES[1:]
    found: dict[str, Any] = json.loads(run(home, "--statistics", "2", "--json", names=names))
    assert found.keys() == {*names, "real"}
    assert found["real"].keys() == {"statistics"}
    for name in names:
        assert found[name]["distances"].keys() == found[name]["paired_distances"].keys()
        assert len(found[name]["statistics"]["pitch_classes"]) == 12
        assert found[name]["nearer_than"].keys() == set(names) - {name}
    assert found["lstm"]["nats_per_frame"] > 5, "of a network that has seen two steps"
    assert found["lstm"]["statistics"]["repetition"] < found["real"]["statistics"]["repetition"]


def test_people_get_tables_of_statistics_and_files(home: Path, tmp_path: Path) -> None:
    said = run(home, "--statistics", "2", "--out", str(tmp_path / "out"), names=("vae", "p1"))
    rows = cells(said)
    assert rows.keys() == {
        "real",
        "vae",
        "p1",
        *(f"{a}, {b}" for a in ("vae", "p1") for b in ("sets", "pairs")),
    }
    assert [len(rows[name]) for name in ("real", "vae, pairs")] == [4, 6]
    table = (tmp_path / "out" / "table.md").read_text()
    assert "| real |" in table and "| vae | p1 |" in table
    assert (tmp_path / "out" / "rolls.png").read_bytes()[:4] == b"\x89PNG"
    assert json.loads((tmp_path / "out" / "figures.json").read_text())["vae"]["distance"] > 0


def test_songs_that_are_too_short_to_be_continued_are_named(home: Path) -> None:
    said = run(home, "--statistics", "1", names=("vae",), data="short.npz", code=1)
    assert "no song has 960 frames" in said


def test_models_are_given_by_name_too_and_alike_ones_stand_apart(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STARLING_HOME", str(tmp_path))
    for suffix in (".json", ".safetensors"):
        for place in (folders().models, tmp_path / "other"):
            place.mkdir(parents=True, exist_ok=True)
            shutil.copy(home / "composer" / f"composer{suffix}", place)
    data = "test.npz"
    models = ["--model", "composer", "--model", str(tmp_path / "other" / "composer.json")]
    command = ["nes", "--data", str(home / data), *models, "--json"]
    found = json.loads(CliRunner().invoke(evaluate, command).stdout)
    apart = [folders().models / "composer", tmp_path / "other" / "composer"]
    assert list(found) == list(map(str, apart))
    named = CliRunner().invoke(evaluate, [*command[:5], "--json"])
    assert list(json.loads(named.stdout)) == ["composer"]
    assert json.loads(named.stdout)["composer"] == found[str(apart[0])]
    absent = CliRunner().invoke(evaluate, ["nes", "--data", str(home / data), "--model", "none"])
    assert absent.exit_code == 1 and "no model none; there are:" in absent.output


def test_without_a_model_and_counts_there_is_nothing_to_measure(home: Path) -> None:
    assert "give --model CARD or --counts" in run(home, names=(), code=2)
    counts = ["--counts", str(home / "songs.npz")]
    assert cells(run(home, *counts, names=())).keys() >= {"unigram", "counts"}
    assert "counts write nothing" in run(home, *counts, "--statistics", "2", names=(), code=2)
