"""Rows of a file, read as an array's would be, also from a file that changes while it is used."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from starling.models.errors import ParseError
from starling.presets.index.vector_file import GAP, RUN, VectorFile, VectorRows

SIZE, COUNT = 3, RUN + 500


@pytest.fixture
def table() -> np.ndarray:
    return np.random.default_rng(1).normal(size=(COUNT, SIZE)).astype(np.float32)


@pytest.fixture
def rows(tmp_path: Path, table: np.ndarray) -> VectorRows:
    file = VectorFile(tmp_path / "vectors.f32", "test", SIZE)
    file.create()
    with open(file.path, "ab") as held:
        held.write(table.tobytes())
    return file.rows(COUNT)


@pytest.mark.parametrize(
    "wanted",
    [
        [],
        [0],
        [COUNT - 1],
        range(COUNT),
        range(100, 200),
        [7, 3, 3, 9],
        range(0, COUNT, GAP),
        range(5, COUNT, GAP + 1),
        [COUNT - 1, RUN, RUN - 1, 0],
    ],
    ids=lambda wanted: str(wanted)[:30],
)
def test_rows_are_an_array_s(rows: VectorRows, table: np.ndarray, wanted: list[int]) -> None:
    chosen = np.array(wanted, np.int64)
    assert np.array_equal(rows[chosen], table[chosen])
    assert rows.shape == table.shape and len(rows) == len(table)
    assert np.array_equal(rows[chosen[:1].sum()], table[chosen[:1].sum()])


@pytest.mark.parametrize("wanted", [[-1], [COUNT], [0, 2, COUNT]])
def test_rows_that_are_not_there_are_refused(rows: VectorRows, wanted: list[int]) -> None:
    with pytest.raises(IndexError, match=str(COUNT - 1)):
        rows[np.array(wanted)]


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 4)


def replace(path: Path) -> None:
    VectorFile(path, "another", SIZE).create()


@pytest.mark.parametrize(
    ("change", "told"),
    [(cut, "shorter than the library"), (replace, "replaced"), (Path.unlink, "cannot be read")],
)
def test_a_file_that_changes_while_it_is_used_is_an_error(
    rows: VectorRows, table: np.ndarray, change: Callable[[Path], None], told: str
) -> None:
    """The process would end by SIGBUS if the file were mapped."""
    assert np.array_equal(rows[np.array([COUNT - 1])], table[-1:])
    change(rows.file.path)
    with pytest.raises(ParseError, match=f"{told}.*starling presets scan"):
        rows[np.array([0, COUNT - 1])]
    with pytest.raises(ParseError, match=told):
        rows[np.arange(COUNT)]
