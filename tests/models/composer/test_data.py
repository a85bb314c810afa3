"""Imported data sets: a test split that is always the same, whole files on one side, no mixing."""

from pathlib import Path

import numpy as np
import pytest
from song_data import toy_song

from starling.models.composer import data, songs
from starling.models.composer.songs import Songs
from starling.models.datasets.import_records import ImportRequest
from starling.models.errors import InputError, ParseError
from starling.models.nes.datasets import importing
from starling.models.nes.scores.nesmdb import write_npz
from starling.models.nes.scores.score import from_notes


def imported(home: Path, files: int) -> Path:
    """A data set of so many files with two songs of 10 s each."""
    for file in range(files):
        pair = [from_notes(toy_song(2 * file + at, 240), name=f"{file}{at}") for at in range(2)]
        write_npz(home / "files" / f"{file}.npz", pair)
    return importing.run(ImportRequest(home / "files", name="set", kind="nes"), home)[0]


def files_of(songs: Songs) -> set[str]:
    """The files that songs are from; both of each."""
    files = [name[:-1] for name in songs.names]
    assert sorted(files) == sorted(2 * sorted(set(files)))
    return set(files)


def test_files_are_for_training_validation_or_tests(tmp_path: Path) -> None:
    folder = imported(tmp_path, 40)
    tested = files_of(data.test(folder))
    assert len(tested) == 2
    parts = []
    for seed in (0, 0, 1):
        material = data.load(folder, seed=seed)
        known, chosen = files_of(material.training), files_of(material.validation)
        assert len(chosen) == 2 and len(known | chosen | tested) == 40
        assert not known & chosen and not (known | chosen) & tested
        parts.append(chosen)
    assert parts[0] == parts[1] != parts[2]


def test_the_card_says_whose_the_songs_are(tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    rows = [f"{file}.npz,{'CC0 1.0' if file % 2 else 'CC BY 4.0'},Ann" for file in range(3)]
    csv = "\n".join(["file,licence,attribution", *rows])
    (tmp_path / "files" / "files.csv").write_text(csv)
    told = data.load(imported(tmp_path, 3)).describe()
    assert told["sources"] == [
        {"licence": "CC BY 4.0", "attribution": "Ann", "files": 2},
        {"licence": "CC0 1.0", "attribution": "Ann", "files": 1},
    ]


def test_the_card_says_how_much_songs_repeat() -> None:
    loop = np.tile(np.arange(41, 89, dtype=np.uint8)[:, None], (24, 4))  # 2 s, 24 times
    moduli, lowest = np.array([61, 67, 71, 13]), np.array([33, 33, 21, 1])
    once = (np.arange(1152)[:, None] % moduli + lowest).astype(np.uint8)  # no two frames alike
    loop[:, 3] = 1
    for pieces, share in (([loop], 1.0), ([once], 0.0), ([loop, once], 0.5)):
        known = songs.of(pieces, tuple("ab")[: len(pieces)])
        assert data.Material(known, known).describe()["repetition"] == pytest.approx(share)
    short = songs.of([loop[:900]], ("c",))
    assert "repetition" not in data.Material(short, short).describe()


def test_songs_to_choose_by_are_of_a_file_or_a_data_set(tmp_path: Path) -> None:
    folder, other = imported(tmp_path / "a", 40), imported(tmp_path / "b", 3)
    material = data.load(folder, other)
    assert files_of(material.training) == files_of(data.load(folder).training) | files_of(
        data.load(folder).validation
    ), "the songs for tests are left out"
    assert len(material.validation) == 6 and len(material.training) == 76
    assert material.sources == data.load(folder).sources != ()
    assert len(data.load(other, folder).validation) == 76, "nor are they chosen by"
    by_file = data.load(folder, other / "scores.npz")
    assert np.array_equal(by_file.validation.frames, material.validation.frames)
    splits = tmp_path / "splits"
    splits.mkdir()
    with pytest.raises(InputError, match=r"one \*valid\.npz of separated scores"):
        data.load(folder, splits)
    np.savez(splits / "a_valid.npz", frames=toy_song(5, 240), offsets=np.array([0, 240]))
    assert np.array_equal(data.load(folder, splits).validation.frames, toy_song(5, 240))


def test_few_files_are_all_learned_from(tmp_path: Path) -> None:
    folder = imported(tmp_path, 3)
    material = data.load(folder)
    assert (len(material.training), len(material.validation)) == (4, 2)
    with pytest.raises(InputError, match="set is of fewer than 20 files"):
        data.test(folder)


def test_a_set_that_does_not_name_its_songs_is_refused(tmp_path: Path) -> None:
    folder = imported(tmp_path, 3)
    about = folder / "dataset.json"
    about.write_text(about.read_text().replace('"index": 5', '"index": 6'))
    with pytest.raises(ParseError, match=r"dataset\.json does not name the songs of scores\.npz"):
        data.load(folder)


def test_a_file_is_a_test_by_itself_and_a_folder_by_its_split(tmp_path: Path) -> None:
    for name in ("train", "test"):
        song = toy_song(len(name), 240)
        np.savez(tmp_path / f"a_{name}.npz", frames=song, offsets=np.array([0, 240]))
    alone = data.test(tmp_path / "a_test.npz")
    assert np.array_equal(data.test(tmp_path).frames, alone.frames)
    assert np.array_equal(alone.frames, toy_song(4, 240))
