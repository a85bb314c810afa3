from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from starling.models.errors import ParseError
from starling.models.nes.scores import pickles
from starling.models.nes.scores.nesmdb import read_pickle
from starling.models.nes.scores.score import from_notes

NOTES = np.array([[60, 64, 40, 0], [60, 0, 0, 16], [0, 33, 108, 1]], np.uint8)
PYTHON_2 = (  # protocol 0 of cPickle, as in NES-MDB: (24.0, 5513, array)
    b"(F24.0\nI5513\ncnumpy.core.multiarray\n_reconstruct\np1\n(cnumpy\nndarray\np2\n(I0\ntS'b'\n"
    b"tRp3\n(I1\n(I3\nI4\ntcnumpy\ndtype\np4\n(S'u1'\nI0\nI1\ntRp5\n(I3\nS'|'\nNNNI-1\nI-1\nI0\ntb"
    b"I00\nS'<@(\\x00<\\x00\\x00\\x10\\x00!l\\x01'\ntbtp6\n."
)


class Attack:
    """What a malicious pickle does when the usual reader loads it."""

    def __init__(self, call: Callable[..., object], *arguments: object) -> None:
        self.call, self.arguments = call, arguments

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return self.call, self.arguments


def test_a_pickle_of_python_2_is_read() -> None:
    rate, samples, frames = pickles.load(PYTHON_2)
    assert (rate, samples) == (24.0, 5513)
    assert np.array_equal(frames, NOTES)


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4])
@pytest.mark.parametrize("order", ["C", "F"])
def test_pickles_of_today_are_read_or_refused_by_name(protocol: int, order: str) -> None:
    """Python 3 writes the bytes of protocols 0 to 2 through a function, which is not called."""
    data = pickle.dumps((24.0, 5513, np.asarray(NOTES, order=order)), protocol)
    if protocol < 3:
        with pytest.raises(ParseError, match=r"song names _codecs\.encode, and only numpy arrays"):
            pickles.load(data, "song")
    else:
        rate, samples, frames = pickles.load(data)
        assert (rate, samples) == (24.0, 5513)
        assert np.array_equal(frames, NOTES)


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4, 5])
def test_nothing_in_a_pickle_is_executed(tmp_path: Path, protocol: int) -> None:
    trap = tmp_path / "trap"
    for attack in (
        Attack(os.mkdir, str(trap)),
        Attack(eval, f"__import__('os').mkdir({str(trap)!r})"),
        Attack(np.fromfile, str(tmp_path)),
    ):
        path = tmp_path / "score.pkl"
        path.write_bytes(pickle.dumps((24.0, 5513, attack), protocol))
        with pytest.raises(ParseError, match=r"score\.pkl (names .*, and only numpy|uses )"):
            read_pickle(path)
        assert not trap.exists()


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ({"rate": 24.0}, "uses EMPTY_DICT"),
        ([24.0], "uses EMPTY_LIST"),
        ((24.0, 5513, np.zeros((3, 4))), "holds an array of 'f8'; scores are of u1"),
        ((24.0, 5513, np.array([{}], object)), "holds an array of 'O8'"),
        ((24.0, 5513, slice(3)), r"names builtins\.slice"),
        ((24.0, 5513, np.float64(3)), r"names numpy\._core\.multiarray\.scalar"),
    ],
)
def test_other_things_are_named(value: object, sentence: str) -> None:
    with pytest.raises(ParseError, match=sentence):
        pickles.load(pickle.dumps(value, 4))


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ((24.0, 5513), r"must hold \(rate, samples, frames\), got \(float, int\)"),
        (("24", 5513, NOTES), r"got \(str, int, ndarray\)"),
        (NOTES, "got ndarray"),
        ((24.0, 5513, NOTES[:, :3]), "frames must have the shape"),
        ((24.0, 5513, NOTES + 100), "note at frame 0 must be"),
        ((24.0, 99, NOTES), r"samples must be 5513\.\.7349"),
    ],
)
def test_a_pickle_that_is_no_score_is_refused(tmp_path: Path, value: object, sentence: str) -> None:
    path = tmp_path / "song.seprsco.pkl"
    path.write_bytes(pickle.dumps(value, 4))
    with pytest.raises(ValueError, match=sentence):
        read_pickle(path)


def test_a_pickled_score_has_the_name_of_its_file(tmp_path: Path) -> None:
    path = tmp_path / "001_Game_00_Title.seprsco.pkl"
    path.write_bytes(PYTHON_2)
    assert read_pickle(path) == from_notes(NOTES, name="001_Game_00_Title")


@pytest.mark.parametrize("length", range(0, len(PYTHON_2), 7))
def test_a_cut_pickle_is_refused(length: int) -> None:
    with pytest.raises(ParseError, match="song is no pickle of a score: it is damaged"):
        pickles.load(PYTHON_2[:length], "song")


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (b"I3\nI4\n", b"I3\nI5\n", r"it has an array of \(3, 5\) with 12 bytes"),
        (b"I3\nI4\n", b"I-3\nI-4\n", "it has an array with a side of -3"),
        (b"tR", b"t(R", "it calls something that is no array"),
        (b"(I3\nS'|'", b"(I3\nR'|'", "it calls something"),
    ],
)
def test_a_strange_array_is_refused(old: bytes, new: bytes, sentence: str) -> None:
    with pytest.raises(ParseError, match=sentence):
        pickles.load(PYTHON_2.replace(old, new, 1))


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "huge.pkl"
    with path.open("wb") as file:
        file.truncate(pickles.MAX_BYTES + 1)
    with pytest.raises(ParseError, match=r"huge\.pkl is larger than 32 MB"):
        read_pickle(path)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=60), st.integers(0, len(PYTHON_2)))
@example(b"\x8a\xff", 0)
@example(b"r\xff\xff\xff\x7f", 10)
def test_any_bytes_are_read_or_refused(noise: bytes, at: int) -> None:
    for data in (noise, PYTHON_2[:at] + noise + PYTHON_2[at:]):
        try:
            pickles.load(data)
        except ParseError as error:
            assert "pickle " in str(error)
