"""`starling dataset import` and the rest: what a person types, in what words it answers."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., str]


def test_import_list_info_use_remove(run: Run, pack: Path, tmp_path: Path) -> None:
    said = run("import", str(pack), "--jobs", "1")
    assert "refused: 1" in said and "kick/bad.wav: bad.wav is not a sound file" in said
    assert "warning: class kick is too small" in said and "6 sounds in the data set pack" in said
    rows = json.loads(run("list", "--json"))
    assert [(row["name"], row["of"], row["count"]) for row in rows] == [
        ("pack", "sounds", 6),
        ("sines", "sounds", 1100),
    ]
    found = json.loads(run("info", "pack", "--json"))
    assert found["classes"]["kick"]["sounds"] == 3 and found["path"].endswith("datasets/pack")
    assert "not stated" in run("info", "pack")
    assert "learns from pack" in run("use", "pack")
    assert json.loads(run("list", "--json"))[0]["default"] == "*"
    assert "a data set pack exists" in run("import", str(pack), code=1)
    assert run("remove", "pack") == "pack is removed\n"
    assert "no data set pack" in run("remove", "pack", code=1)
    assert all(row["default"] == "" for row in json.loads(run("list", "--json")))
    assert len(list(pack.rglob("*.wav"))) == 7


def test_a_dry_run_keeps_nothing(run: Run, pack: Path, tmp_path: Path) -> None:
    said = run("import", str(pack), "--dry-run", "--jobs", "1")
    assert "dry run, nothing is kept" in said and "refused: 1" in said
    found = json.loads(run("import", str(pack), "--dry-run", "--json"))
    assert found["path"] is None and found["dry_run"] and len(found["sounds"]) == 6
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("import", "nowhere"), "no folder at nowhere"),
        (("import", ".", "--name", "a/b"), "name must be 1..64"),
        (("import", ".", "--rate", "1"), "rate must be 8000..192000"),
        (("info", "nothing"), "no data set nothing; data sets: none yet"),
        (("use", "nothing"), "no data set nothing"),
        (("remove", "nothing"), "no data set nothing"),
        (("make", "sines", "--count", "0"), "count must be 1..100000"),
    ],
)
def test_mistakes_are_sentences(
    run: Run, pack: Path, tmp_path: Path, words: tuple[str, ...], sentence: str, monkeypatch
) -> None:
    monkeypatch.chdir(pack)
    assert sentence in run(*words, code=1)


def test_a_folder_of_text_is_said(run: Run, tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "a.txt").write_text("words")
    said = run("import", str(tmp_path / "notes"), code=1)
    assert "holds no sound files (1 .txt)" in said


def test_sines_are_made_once_by_use_or_by_make(run: Run, tmp_path: Path) -> None:
    assert run("make", "sines", "--count", "20", "--name", "few").startswith("20 sines")
    assert "few" in run("list")
    made = json.loads(run("make", "sines", "--count", "10", "--json"))
    assert made["count"] == 10
    assert "learns from sines" in run("use", "sines")


def test_list_knows_where_presets_were_rendered(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "presets"
    folder.mkdir()
    (folder / "dataset.json").write_text('{"format": 1, "synth": "amsynth", "count": 3}')
    (tmp_path / "data").mkdir()
    kept = {"format": 1, "rendered": [str(folder), str(tmp_path / "gone")]}
    (tmp_path / "data" / "datasets.json").write_text(json.dumps(kept))
    rows = json.loads(run("list", "--json"))
    assert [(row["name"], row["of"]) for row in rows][1:] == [("presets", "presets of amsynth")]
