"""The faiss index by itself: most of the nearest, only what may be proposed, whole files."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from starling.models.errors import CancelledError, ParseError
from starling.presets.features.distance import Metric
from starling.presets.index import faiss_index
from starling.presets.index.nearest import Vectors

COUNT, SIZE = 30_000, 16
METRIC = Metric(SIZE)
RNG = np.random.default_rng(5)


def never() -> bool:
    return False


def silent(fraction: float) -> None:
    assert 0 <= fraction <= 1


@pytest.fixture(scope="module")
def vectors() -> NDArray[np.float32]:
    centres = RNG.normal(size=(100, SIZE))
    made = centres[RNG.integers(100, size=COUNT)] + 0.5 * RNG.normal(size=(COUNT, SIZE))
    return (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="module")
def path(vectors: NDArray[np.float32], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ivf") / "index-a.ivf"
    faiss_index.build(path, vectors, np.arange(COUNT), METRIC, silent, never)
    assert list(path.parent.iterdir()) == [path]  # no part is left
    return path


def recall(vectors: NDArray[np.float32], path: Path, allowed: NDArray[np.bool_] | None) -> float:
    rows = np.arange(COUNT) if allowed is None else np.flatnonzero(allowed)
    index, exact = faiss_index.load(path), Vectors(vectors, rows, METRIC)
    hits = 0
    for query in vectors[:50] + 0.02:
        right = rows[exact.nearest([METRIC.query(query)], 10)[0]]
        hits += len(np.intersect1d(index.candidates(query[None], 100, allowed), right))
    return hits / 500


def test_most_of_the_nearest_are_proposed(vectors: NDArray[np.float32], path: Path) -> None:
    assert recall(vectors, path, None) >= 0.98


@pytest.mark.parametrize("filter", ["tenth", "side", "few"])
def test_a_filter_loses_nothing(vectors: NDArray[np.float32], path: Path, filter: str) -> None:
    """Also one whose presets lie far from the query, in cells that are not read at first."""
    along = vectors[:, 0]
    allowed = {
        "tenth": np.arange(COUNT) % 10 == 0,
        "side": along > np.quantile(along, 0.9),
        "few": np.arange(COUNT) >= COUNT - 30,
    }[filter]
    rows = faiss_index.load(path).candidates(vectors[:2], 100, allowed)
    assert allowed[rows].all() and (filter != "few" or len(rows) == 30)
    assert recall(vectors, path, allowed) >= 0.98


def test_rows_leave_and_come(vectors: NDArray[np.float32], path: Path) -> None:
    small, grown = path.with_name("index-b.ivf"), path.with_name("index-c.ivf")
    faiss_index.build(small, vectors, np.arange(1_000), METRIC, silent, never)
    kept = np.arange(1_500) % 2 == 0
    new = np.arange(1_001, 1_500, 2)
    faiss_index.extend(small, grown, vectors, new, kept, METRIC, silent, never)
    rows = faiss_index.load(grown).candidates(vectors[:1], 2_000, np.ones(1_500, np.bool_))
    assert list(rows) == [*range(0, 1_000, 2), *new]


def test_a_cancelled_build_leaves_no_file(vectors: NDArray[np.float32], path: Path) -> None:
    target = path.with_name("index-d.ivf")
    with pytest.raises(CancelledError):
        faiss_index.build(target, vectors, np.arange(500), METRIC, silent, lambda: True)
    assert not target.exists()


@pytest.mark.parametrize("length", [0, 3, 1_000, -1])
def test_a_cut_file_is_refused(path: Path, length: int) -> None:
    cut = path.with_name("index-e.ivf")
    cut.write_bytes(path.read_bytes()[:length])
    with pytest.raises(ParseError, match=r"index-e\.ivf is damaged"):
        faiss_index.load(cut)
    with pytest.raises(ParseError, match=r"index-f\.ivf cannot be read"):
        faiss_index.load(path.with_name("index-f.ivf"))
