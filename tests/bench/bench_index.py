"""How long one search among a million vectors takes, and how much of the exact answer it finds.

`python3 build.py bench index`. A library of a million made-up presets, its index built as a scan
builds it, and queries that are not among them, in a process of its own. LanceDB as well, where it
is installed. `--count N` for another number. Takes three minutes and 2 GB of disk.

Baseline, after each query: faiss alone, asked directly for as many of the same index, the same
cells read, on one thread (faiss_p50_ms, ratio_to_faiss).

The vectors are spread like those of amsynth's 3,482 presets: a mixture of 1,000 overlapping clouds
in 32 numbers of falling weight, bent into 128 by a random network, with a little noise. Of either,
half of the variance lies in 3 dimensions and 90 % in 30; a sample of 3,482 has the intrinsic
dimension 14 (Levina and Bickel 2004), and the nearest neighbour lies at .4 of the median distance.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from baselines.timing import say, significant
from numpy.typing import NDArray

from starling.presets.features.embedders import CLASSICAL
from starling.presets.index.faiss_index import PROBES
from starling.presets.index.nearest import MIN_CANDIDATES, Vectors
from starling.presets.library.database import LibraryDatabase
from starling.presets.search.build_index import choose, refresh
from starling.presets.search.by_sound import search_preset

Array = NDArray[np.float32]

FOLDER = Path(".starling/bench").resolve()
EMBEDDER = replace(CLASSICAL, name="bench", size=128, metric="cosine")
COUNT = 1_000_000
QUERIES = 300
EXACT = 20  # queries that are timed without the index
K = 10
BLOCK = 50_000
SEED = 7
CLOUDS, LATENT, HIDDEN = 1_000, 32, 256
FALL, WITHIN, GAIN, NOISE = 0.8, 0.7, 1.5, 0.15


class Sounds:
    """Unit vectors (n, 128) without end, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        self._weight = ((1.0 + np.arange(LATENT)) ** -FALL).astype(np.float32)
        self._centres = self._normal(CLOUDS, LATENT)
        share = self._rng.lognormal(0, 1, CLOUDS)
        self._share = share / share.sum()
        self._into = self._normal(LATENT, HIDDEN) * (GAIN / np.linalg.norm(self._weight))
        self._bias = 0.5 * self._normal(HIDDEN)
        self._out = self._normal(HIDDEN, EMBEDDER.size) / np.sqrt(HIDDEN)

    def _normal(self, *shape: int) -> Array:
        return self._rng.standard_normal(shape, np.float32)

    def take(self, count: int) -> Array:
        """The next vectors."""
        cloud = self._rng.choice(CLOUDS, count, p=self._share)
        latent = (self._centres[cloud] + WITHIN * self._normal(count, LATENT)) * self._weight
        bent = _unit(np.tanh(latent @ self._into + self._bias) @ self._out)
        return _unit(bent + self._normal(count, EMBEDDER.size) * (NOISE / EMBEDDER.size**0.5))


def _unit(vectors: Array) -> Array:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def fill(library: LibraryDatabase, count: int, sounds: Sounds) -> None:
    """Bare presets without words, straight into the tables: a scan of a million takes hours."""
    for start in range(0, count, BLOCK):
        rows = range(start, min(start + BLOCK, count))
        library.vectors.write(rows, sounds.take(len(rows)))
        with library.transaction() as db:
            db.executemany(
                "INSERT INTO presets VALUES (?, 'bench', ?, 0, 'bench', '', '', 'none', '{}', "
                "'', '', '', '', ?, 1)",
                ((row + 1, f"preset {row}", row) for row in rows),
            )
    with library.transaction() as db:
        db.execute("INSERT OR REPLACE INTO meta VALUES ('generation', '1')")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a process finds out that opens the library and searches it."""

    open_s: float
    p50_ms: float
    p95_ms: float
    recall_at_10: float
    tenth_p50_ms: float
    side_p50_ms: float
    tenth_recall_at_10: float
    side_recall_at_10: float
    search_p50_ms: float
    exact_p50_ms: float
    own_mb: int
    mapped_mb: int
    faiss_p50_ms: float  # 0: another index
    ratio_to_faiss: float


def ask(folder: Path) -> Asked:
    """Time single queries, one thread, against the exact answers."""
    start = time.perf_counter()
    library = LibraryDatabase.open(folder, EMBEDDER)
    searched = library.snapshot().searched
    opened = time.perf_counter() - start
    assert searched.indexed is not None and searched.indexed.whole
    queries = np.load(folder / "queries.npy")
    passing = {"tenth": chance(len(searched.rows)), "side": one_side(searched)}
    plain = timed(searched, queries, exact(searched, queries, None), None)
    filtered = [
        timed(searched, queries, exact(searched, queries, mask), mask) for mask in passing.values()
    ]
    own, mapped = memory_mb()
    presets = range(1, len(searched.rows), len(searched.rows) // QUERIES)
    whole = [_ms(lambda preset=preset: search_preset(library, preset, K)) for preset in presets]
    alone = faiss_alone(folder, searched, queries)
    slow = replace(searched, indexed=None)
    exactly = [
        _ms(lambda q=query: slow.nearest([slow.metric.query(q)], K)) for query in queries[:EXACT]
    ]
    library.close()
    return Asked(
        round(opened, 2),
        *(round(float(np.percentile(plain[0], part)), 2) for part in (50, 95)),
        round(plain[1], 4),
        *(round(float(np.median(times)), 2) for times, _ in filtered),
        *(round(recall, 4) for _, recall in filtered),
        round(float(np.median(whole)), 2),
        round(float(np.median(exactly)), 1),
        own,
        mapped,
        *alone,
    )


def faiss_alone(folder: Path, searched: Vectors, queries: Array) -> tuple[float, float]:
    """The median milliseconds of faiss for the queries, in turns with ours, and the ratio."""
    files = list(folder.glob("index-*.ivf"))
    if not files:
        return 0.0, 0.0
    import faiss

    index = faiss.read_index(str(files[0]))
    faiss.omp_set_num_threads(1)
    parameters = faiss.SearchParametersIVF(nprobe=PROBES)
    ours, bare = [], []
    for query in queries:
        ours.append(_ms(lambda q=query: searched.nearest([searched.metric.query(q)], K)))
        bare.append(_ms(lambda q=query: index.search(q[None], MIN_CANDIDATES, params=parameters)))
    middle = float(np.median(bare))
    return round(middle, 3), significant(float(np.median(ours)) / middle)


def chance(count: int) -> NDArray[np.bool_]:
    """A filter that lets a tenth through, anywhere."""
    return np.random.default_rng(SEED).random(count) < 0.1


def one_side(searched: Vectors) -> NDArray[np.bool_]:
    """A filter that lets a tenth through, all on one side: a synth unlike the others."""
    side = np.random.default_rng(SEED).standard_normal(EMBEDDER.size, np.float32)
    along = np.einsum("ij,j->i", searched.file, side)[searched.rows]
    return np.asarray(along > np.quantile(along, 0.9))


def exact(searched: Vectors, queries: Array, mask: NDArray[np.bool_] | None) -> NDArray[np.int64]:
    """Positions of the K nearest of those that pass, by inner products, (q, K)."""
    best = np.full((len(queries), K), -2.0, np.float32)
    found = np.full((len(queries), K), -1, np.int64)
    for start in range(0, len(searched.rows), BLOCK):
        cosines = queries @ searched.file[searched.rows[start : start + BLOCK]].T
        if mask is not None:
            cosines[:, ~mask[start : start + BLOCK]] = -2
        top = np.argpartition(-cosines, K, axis=1)[:, :K]
        both = np.hstack([best, np.take_along_axis(cosines, top, 1)])
        keep = np.argsort(-both, axis=1)[:, :K]
        best = np.take_along_axis(both, keep, 1)
        found = np.take_along_axis(np.hstack([found, top + start]), keep, 1)
    return found


def timed(
    searched: Vectors,
    queries: Array,
    truth: NDArray[np.int64],
    mask: NDArray[np.bool_] | None,
) -> tuple[list[float], float]:
    """Milliseconds of each query, and recall@10."""
    times, hits = [], 0
    for query, right in zip(queries, truth, strict=True):
        start = time.perf_counter()
        best, _ = searched.nearest([searched.metric.query(query)], K, mask)
        times.append(1000 * (time.perf_counter() - start))
        hits += len(np.intersect1d(best, right))
    return times, hits / truth.size


def _ms(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - start)


def memory_mb() -> tuple[int, int]:
    """MB of this process: its own, and of mapped files, which the system takes back at need."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return 0, 0
    held = {line.split(":")[0]: int(line.split()[1]) // 1024 for line in lines if "kB" in line}
    return held["RssAnon"], held["RssFile"]


def tiers() -> Iterator[str]:
    """The tiers that can be measured here."""
    yield "ivf"
    if find_spec("lancedb"):
        yield "lance"


@dataclass(frozen=True, slots=True)
class Made:
    """What a process finds out that builds the index."""

    build_s: float
    build_peak_mb: int  # of which most are pages of the mapped vectors
    index_mb: int


def make(folder: Path, tier: str) -> Made:
    """Build the index of a tier, as a scan does."""
    library = LibraryDatabase.open(folder, EMBEDDER)
    choose(library, tier)
    start = time.perf_counter()
    refresh(library)
    seconds = time.perf_counter() - start
    library.close()
    files = [p for top in folder.glob("index-*") for p in [top, *top.rglob("*")] if p.is_file()]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return Made(round(seconds, 1), peak, round(sum(p.stat().st_size for p in files) / 1e6))


def measure(folder: Path, tier: str) -> dict[str, float]:
    """Build the index of a tier and ask it, each in a fresh process."""
    figures = {}
    for step in ("make", "ask"):
        command = [sys.executable, __file__, "--step", step, tier, str(folder)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        figures |= json.loads(done.stdout.splitlines()[-1])
    return figures


def main() -> None:
    """Measure, say it in words, print the JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--step", nargs=3, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.step:
        step, tier, folder = chosen.step
        done = make(Path(folder), tier) if step == "make" else ask(Path(folder))
        print(json.dumps(asdict(done)))
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=FOLDER, prefix="index-") as name:
        folder, sounds = Path(name), Sounds(SEED)
        library = LibraryDatabase.open(folder, EMBEDDER)
        fill(library, chosen.count, sounds)
        library.close()
        np.save(folder / "queries.npy", sounds.take(QUERIES))
        found = {}
        for tier in tiers():
            found[tier] = measure(folder, tier)
            print(f"{tier}: {found[tier]}", flush=True)
    vectors_mb = round(chosen.count * EMBEDDER.size * 4 / 1e6)
    ivf = found["ivf"]
    print(
        f"one of {chosen.count:,} vectors is found in {ivf['p50_ms']} ms (median, one thread; "
        f"{ivf['exact_p50_ms']} ms without an index), {100 * ivf['recall_at_10']:.1f} % of the ten "
        f"nearest are right; the index was built in {ivf['build_s']} s and takes "
        f"{ivf['index_mb']} MB beside the {vectors_mb} MB of vectors"
    )
    figures = {
        "vectors": chosen.count,
        **ivf,
        "vectors_mb": vectors_mb,
        "query_threads": 1,
        "build_threads": max(1, (os.cpu_count() or 1) - 1),
        "load": round(os.getloadavg()[0], 1),
        **{f"lance_{key}": value for key, value in found.get("lance", {}).items()},
    }
    say(figures, threads=1)


if __name__ == "__main__":
    main()
