from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toy_score import NESMDB, needs_nesmdb, scores

from starling.models.errors import InputError, MissingError, ParseError
from starling.models.nes.scores.nesmdb import read_npz, read_pickle, write_npz
from starling.models.nes.scores.score import Score, from_notes, separated

NOTES = np.array([[60, 64, 40, 0], [60, 0, 0, 16], [0, 33, 108, 1]], np.uint8)


@settings(max_examples=30, deadline=None)
@given(st.lists(scores(most=4), min_size=1, max_size=4))
def test_songs_survive_a_file(tmp_path_factory: pytest.TempPathFactory, songs: list[Score]) -> None:
    path = tmp_path_factory.mktemp("npz") / "songs.npz"
    write_npz(path, songs)
    assert read_npz(path) == tuple(songs)


def test_equal_songs_make_equal_files(tmp_path: Path) -> None:
    first, second = tmp_path / "1.npz", tmp_path / "2.npz"
    for path in (first, second):
        write_npz(path, [from_notes(NOTES, name="é")])
    assert first.read_bytes() == second.read_bytes()
    assert sorted(tmp_path.iterdir()) == [first, second]


def test_only_songs_of_24_hz_are_written(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="slow: rate must be 24 Hz, got 12"):
        write_npz(tmp_path / "a.npz", [from_notes(NOTES, rate=12.0, name="slow")])
    with pytest.raises(InputError, match=r"a\.npz would hold no score"):
        write_npz(tmp_path / "a.npz", [])
    assert not list(tmp_path.iterdir())


def arrays(**changed: object) -> dict[str, object]:
    whole = {
        "frames": np.concatenate([NOTES, NOTES]),
        "offsets": np.array([0, 3, 6]),
        "names": np.array(["a", "b"]),
        "nsamps": np.array([5600, 5513]),
    }
    return {**whole, **changed}


def test_separated_songs_take_the_chosen_duty(tmp_path: Path) -> None:
    np.savez(tmp_path / "s.npz", **arrays())
    first, second = read_npz(tmp_path / "s.npz", duty=1)
    assert first == from_notes(NOTES, duty=1, samples=5600, name="a")
    assert second.name == "b"


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"offsets": np.array([0, 3, 5])}, "offsets must rise from 0 to 6"),
        ({"offsets": np.array([0, 6, 3, 6])}, "2 names need 3 offsets and 2 nsamps, got 4 and 2"),
        ({"offsets": np.array([0, 0, 6])}, "offsets must rise"),
        ({"nsamps": np.array([5600])}, "got 3 and 1"),
        ({"frames": np.zeros((6, 5), np.uint8)}, r"shape \(N, 4\) or \(N, 4, 3\), got \(6, 5\)"),
        ({"frames": np.zeros((6, 4))}, "frames must be of type u1, got float64"),
        ({"names": np.array([1, 2])}, "names must be of type U"),
        ({"nsamps": np.array([5600, 99999])}, r"b: samples must be 5513\.\.7349"),
        ({"frames": np.full((6, 4), 7, np.uint8)}, "a: p1 note at frame 0 must be"),
    ],
)
def test_damaged_files_are_refused(
    tmp_path: Path, changed: dict[str, object], sentence: str
) -> None:
    np.savez(tmp_path / "s.npz", **arrays(**changed))
    with pytest.raises(InputError, match=sentence):
        read_npz(tmp_path / "s.npz")


def test_files_that_hold_no_scores_are_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.npz"
    for content in (b"", b"PK\x03\x04", b"something else"):
        other.write_bytes(content)
        with pytest.raises(ParseError, match=r"other\.npz is no npz of scores"):
            read_npz(other)
    np.savez(other, frames=NOTES)
    with pytest.raises(ParseError, match="frames, offsets, names, nsamps"):
        read_npz(other)
    with pytest.raises(MissingError, match="no scores at"):
        read_npz(tmp_path / "none.npz")


def test_an_npz_with_objects_is_refused(tmp_path: Path) -> None:
    whole = arrays(names=np.array(["a", {"b": 1}], object))
    np.savez(tmp_path / "s.npz", **whole)
    with pytest.raises(ParseError, match="is no npz of scores"):
        read_npz(tmp_path / "s.npz")


def test_an_npz_that_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.npz"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file,
        file.open("frames.npy", "w") as to,
    ):
        for _ in range(520):
            to.write(bytes(2**20))
    with pytest.raises(ParseError, match="holds 520 MB unpacked; at most 512 are read"):
        read_npz(path)


@needs_nesmdb
def test_both_formats_of_nesmdb_hold_the_same_songs() -> None:
    plain = read_npz(NESMDB / "nesmdb24_seprsco_valid.npz")
    expressive = read_npz(NESMDB / "nesmdb24_exprsco_valid.npz")
    assert len(plain) == len(expressive) == 403
    assert sum(map(len, plain)) == 267_229
    for one, other in zip(plain, expressive, strict=True):
        assert (one.name, one.samples) == (other.name, other.samples)
        assert np.array_equal(separated(one), separated(other))


@needs_nesmdb
def test_original_pickles_hold_the_songs_of_the_npz() -> None:
    songs = {score.name: score for score in read_npz(NESMDB / "nesmdb24_seprsco_valid.npz")}
    paths = sorted((NESMDB / "pkl_sample").glob("*.pkl"))
    assert len(paths) == 12
    for path in paths:
        score = read_pickle(path)
        assert score == songs[score.name]


def test_no_pickle_there(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="no score at"):
        read_pickle(tmp_path / "a.pkl")


def version_of_the_future(data: bytearray) -> None:
    data[data.index(b"PK\x01\x02") + 6] = 146


def damaged_stream(data: bytearray) -> None:
    start = data.index(b"frames.npy") + len(b"frames.npy")
    data[start + 24 : start + 34] = bytes(10)


@pytest.mark.parametrize("damage", [version_of_the_future, damaged_stream])
def test_a_damaged_npz_is_refused_whatever_the_library_raises(
    tmp_path: Path, damage: Callable[[bytearray], None]
) -> None:
    write_npz(tmp_path / "a.npz", [from_notes(NOTES, name="a")])
    data = bytearray((tmp_path / "a.npz").read_bytes())
    damage(data)
    (tmp_path / "a.npz").write_bytes(data)
    with pytest.raises(ParseError, match=r"a\.npz is no npz of scores"):
        read_npz(tmp_path / "a.npz")


def test_an_array_with_a_header_that_is_no_header_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as packed:
        for name in ("frames", "offsets", "names", "nsamps"):
            header = b"{'descr': '|u1', 'shape': (3, (" + b"\n"
            packed.writestr(f"{name}.npy", b"\x93NUMPY\x01\0" + bytes([len(header), 0]) + header)
    with pytest.raises(ParseError, match=r"a\.npz is no npz of scores"):
        read_npz(tmp_path / "a.npz")
