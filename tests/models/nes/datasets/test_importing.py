from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from toy_midi import midi_of

from starling.models.datasets import store
from starling.models.datasets.import_records import ImportRequest
from starling.models.errors import InputError, MissingError
from starling.models.nes.datasets import importing
from starling.models.nes.scores.nesmdb import read_npz


def tune(path: Path, key: int = 60) -> None:
    """A song of two voices that last 20 seconds, from a key on."""
    path.parent.mkdir(parents=True, exist_ok=True)
    melody = [(at, 1, key + at % 7) for at in range(40)]
    midi_of(("Flute", 1, melody), ("Bass", 2, [(0, 40, 36)])).save(path)


@pytest.fixture
def music(tmp_path: Path) -> Path:
    """Two songs, a copy, a file that is damaged and one that is no music."""
    folder = tmp_path / "music"
    tune(folder / "game" / "one.mid")
    tune(folder / "game" / "copy.mid")
    tune(folder / "piano" / "two.mid", 70)
    (folder / "piano" / "bad.mid").write_bytes(b"RIFF")
    (folder / "notes.txt").write_text("mine")
    return folder


def run(folder: Path, home: Path, **words: str) -> tuple[Path, dict[str, object]]:
    return importing.run(ImportRequest(folder, kind="nes", **words), home)


def test_a_folder_is_one_npz_with_its_manifest(music: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    folder, about = run(music, home, licence="CC0-1.0")
    assert sorted(path.name for path in folder.iterdir()) == [
        "dataset.json",
        "report.md",
        "scores.npz",
    ]
    scores = read_npz(folder / "scores.npz")
    assert [score.name for score in scores] == ["copy", "two"] and scores == importing.load(folder)
    assert store.read(folder) == {"format": 1, "kind": "sounds", **about}
    assert [(e["index"], e["name"], e["class"], e["group"]) for e in about["sounds"]] == [
        (0, "copy", "game", "game/copy"),
        (1, "two", "piano", "piano/two"),
    ]
    assert about["duplicates"] == [{"file": "one", "of": "copy", "similarity": 1.0}]
    [refused] = about["refused"]
    assert refused["file"] == "piano/bad.mid" and refused["class"] == "piano"
    assert about["ignored"] == {".txt": 1}
    assert about["licence"] == [{"licence": "CC0-1.0", "attribution": "not stated", "files": 2}]
    assert [path.name for path in home.iterdir()] == ["music"]


def test_the_report_names_what_was_refused(music: Path, tmp_path: Path) -> None:
    folder, _ = run(music, tmp_path / "home", name="songs")
    text = (folder / "report.md").read_text()
    assert text.startswith("# songs\n\n2 scores, 0.0 hours, at 24 Hz.")
    assert "`piano/bad.mid`: bad.mid is not a Standard MIDI File" in text
    assert "- `one` is `copy`" in text and "- 1 .txt" in text


def test_the_folders_own_table_says_whose_the_music_is(music: Path, tmp_path: Path) -> None:
    table = "file,licence,attribution\ngame/copy.mid,CC BY 4.0,Ann\n"
    (music / "files.csv").write_text(table)
    _, about = run(music, tmp_path / "home")
    assert about["licence"] == [
        {"licence": "CC BY 4.0", "attribution": "Ann", "files": 1},
        {"licence": "not stated", "attribution": "not stated", "files": 1},
    ]


def test_equal_folders_give_equal_bytes(music: Path, tmp_path: Path) -> None:
    first, second = (run(music, tmp_path / name)[0] for name in "ab")
    for name in ("scores.npz", "dataset.json", "report.md"):
        assert (first / name).read_bytes() == (second / name).read_bytes()


def test_songs_get_the_drums_of_a_class(music: Path, tmp_path: Path) -> None:
    for number in range(8):
        tune(music / "game" / f"more{number}.mid", 61 + number)
    hits = [(4 * bar + beat, 0.2, 36 + 2 * beat) for bar in range(2) for beat in range(4)]
    (music / "kit").mkdir()
    midi_of(("kit", 10, hits)).save(music / "kit" / "beat.mid")
    (music / "files.csv").write_text("file,licence,attribution\nkit/beat.mid,CC BY 4.0,Dan\n")
    folder, about = importing.run(ImportRequest(music, kind="nes"), tmp_path / "home", drums="kit")
    drummed = [entry for entry in about["sounds"] if entry.get("drums") == "kit/beat.mid"]
    assert 0 < len(drummed) < len(about["sounds"]) == 10
    noise = [bool(score.frames[:, 3, 0].any()) for score in importing.load(folder)]
    assert noise == ["drums" in entry for entry in about["sounds"]]
    assert {"licence": "CC BY 4.0", "attribution": "Dan", "files": 1} in about["licence"]
    assert "kit" not in about["classes"] and not any("kit" in e["file"] for e in about["refused"])


def test_a_class_without_drums_is_refused(music: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"got 'piano'; classes: game, piano"):
        importing.run(ImportRequest(music, kind="nes"), tmp_path / "home", drums="piano")


def test_a_folder_without_usable_music_is_refused(tmp_path: Path) -> None:
    bad = tmp_path / "music"
    bad.mkdir()
    with pytest.raises(InputError, match="holds no MIDI, VGM or NES-MDB files"):
        run(bad, tmp_path / "home")
    (bad / "a.mid").write_bytes(b"RIFF")
    with pytest.raises(
        InputError, match=r"none of the 1 files in .* can be used: a\.mid: a\.mid is"
    ):
        run(bad, tmp_path / "home")
    with pytest.raises(
        MissingError, match=r"no folder at .*; give a folder of MIDI, VGM or NES-MDB"
    ):
        run(tmp_path / "none", tmp_path / "home")
    assert not any((tmp_path / "home").glob("*"))


def test_a_name_that_is_taken_is_refused_before_any_work(music: Path, tmp_path: Path) -> None:
    run(music, tmp_path / "home")
    with pytest.raises(InputError, match="a data set music exists"):
        run(music, tmp_path / "home")


def test_too_much_for_the_memory_is_refused(
    music: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "MAX_FRAMES", 500)
    with pytest.raises(InputError, match="the scores last over 0 hours: give fewer files"):
        run(music, tmp_path / "home")
    assert not any((tmp_path / "home").glob("*"))


def test_a_set_of_sounds_is_no_set_of_scores(tmp_path: Path) -> None:
    about = {"format": 1, "kind": "sounds", "name": "kicks", "rate": 44_100}
    whole = {**about, "classes": {}, "sounds": [], "refused": []}
    (tmp_path / "dataset.json").write_text(json.dumps(whole, indent=1))
    with pytest.raises(InputError, match="kicks is not a data set of scores"):
        importing.load(tmp_path)


def test_frames_are_those_of_the_songs(music: Path, tmp_path: Path) -> None:
    folder, about = run(music, tmp_path / "home")
    seconds = sum(score.seconds for score in importing.load(folder))
    assert seconds == pytest.approx(sum(each["seconds"] for each in about["sounds"]), abs=0.01)
    melody = np.unique(importing.load(folder)[0].frames[:, 0, 0])
    assert melody[melody > 0].tolist() == [*range(60, 67)]
