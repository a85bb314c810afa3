from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from song_data import needs_nesmdb, split, toy_song, toy_songs

from starling.models.composer import songs
from starling.models.composer.songs import CLASSES
from starling.models.errors import InputError, MissingError, ParseError


def written(folder: Path, **changed: object) -> Path:
    plain = toy_songs(2)
    content = {"frames": plain.frames, "offsets": plain.offsets} | changed
    path = folder / "songs.npz"
    np.savez(path, **content)
    return path


@given(
    st.tuples(*(arrays.arrays(np.int16, 5, elements=st.integers(0, n - 1)) for n in CLASSES)).map(
        lambda columns: np.stack(columns, axis=1)
    )
)
def test_classes_and_notes_are_inverse(classes: np.ndarray) -> None:
    notes = songs.from_classes(classes)
    songs.check(notes, "notes")
    assert np.array_equal(songs.to_classes(notes), classes)


def test_the_voices_have_the_published_numbers_of_classes() -> None:
    assert CLASSES == (77, 77, 89, 17)


def test_songs_read_back(tmp_path: Path) -> None:
    read = songs.load(written(tmp_path, names=np.array(["a", "b"])))
    assert [song.tolist() for song in read] == [song.tolist() for song in toy_songs(2)]
    assert read.names == ("a", "b") and len(read) == 2
    assert read.manifest == toy_songs(2).manifest
    assert np.flatnonzero(read.starts()).tolist() == [0, 200]


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"frames": np.zeros((401, 4), np.int64)}, "frames must be uint8"),
        ({"frames": np.zeros((401, 4, 2), np.uint8)}, r"\(total, 4\) or \(total, 4, 3\)"),
        ({"offsets": np.array([0, 5])}, "offsets must rise from 0 to the 401 frames"),
        ({"offsets": np.array([0, 300, 200, 401])}, "offsets must rise"),
        ({"offsets": np.array([0.0, 401.0])}, "offsets must rise"),
    ],
)
def test_a_file_of_other_arrays_is_refused(
    changed: dict[str, object], sentence: str, tmp_path: Path
) -> None:
    with pytest.raises(ParseError, match=sentence):
        songs.load(written(tmp_path, **changed))


def test_a_note_out_of_range_is_named(tmp_path: Path) -> None:
    frames = toy_songs(2).frames.copy()
    frames[7, 2] = 20
    with pytest.raises(InputError, match=r"frame 7 has note 20 in voice TR, which plays 21..108"):
        songs.load(written(tmp_path, frames=frames))


def test_no_file_and_no_npz(tmp_path: Path) -> None:
    with pytest.raises(MissingError):
        songs.load(tmp_path / "none.npz")
    (tmp_path / "text.npz").write_text("no archive")
    with pytest.raises(ParseError, match="is no npz of scores with the arrays frames, offsets"):
        songs.load(tmp_path / "text.npz")
    np.savez(tmp_path / "other.npz", notes=np.zeros(3))
    with pytest.raises(ParseError):
        songs.load(tmp_path / "other.npz")


def test_hold_out_parts_the_songs() -> None:
    kept, held = songs.hold_out(toy_songs(6), 0.3, seed=1)
    assert (len(kept), len(held)) == (4, 2)
    assert sorted(kept.names + held.names) == sorted(toy_songs(6).names)
    assert np.array_equal(next(iter(held)), toy_song(int(held.names[0]), len(next(iter(held)))))
    with pytest.raises(InputError, match="at least 2 songs"):
        songs.hold_out(toy_songs(1), 0.3, seed=1)


@needs_nesmdb
def test_nesmdb_has_the_measured_sizes() -> None:
    sizes = {name: (len(split(name)), len(split(name).frames)) for name in ("valid", "test")}
    assert sizes == {"valid": (403, 267_229), "test": (373, 212_056)}
