"""How long a search by sound takes over OSC: a WAV of 2 s, the whole of amsynth's library.

`python3 build.py bench search [--entries 100000]`. Uses the library of `bench scan`, or scans
first; or a copy of it that is filled up with made-up neighbours to so many entries. A real engine
in a process of its own, a real socket. Beside a sound alone: the sound with two aspects weighed and
one moved (`aspects_p50_ms`), words alone, and the sound with words.

Baseline, after each search: one numpy product of the same vectors with the query's and the
selection of the best by argpartition, in this process (product_p50_ms, ratio_to_product).
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import soundfile
from baselines.timing import median, say, significant
from numpy.typing import NDArray

from starling.engine.wire.client import Client, connect
from starling.models.errors import StarlingError
from starling.presets.features.embedders import default
from starling.presets.library import sources, writer
from starling.presets.library.database import LibraryDatabase
from starling.presets.library.sources import NewPreset, SourceFile
from starling.presets.library.writer import ScannedPreset
from starling.presets.sandbox.client import Sandbox
from starling.presets.scan.update import scan

HOME = Path(".starling/bench/home").resolve()
QUERIES = 20  # sounds
ROUNDS = 10  # searches for each
K = 10
RATE = 48_000
START = "from starling.engine.cli.main import main; main()"
START_S = 20.0  # time that the engine gets to start


def library_of_amsynth() -> LibraryDatabase:
    """The library of `bench scan`; scanned now where there is none."""
    library = LibraryDatabase.open(HOME / "data" / "library")
    if not library.count() or library.embedder is not default():
        print("no library of the default embedder yet: scanning", flush=True)
        scan(library, synths=["amsynth"])
    return library


def make_queries(library: LibraryDatabase, inbox: Path) -> list[tuple[str, str]]:
    """Paths of 2 s WAV files and the preset that each is of, at another velocity."""
    presets = library.select(
        "synth = 'amsynth' AND quarantine = '' AND bank <> 'Made up' ORDER BY id"
    )
    chosen = presets[:: len(presets) // QUERIES][:QUERIES]
    queries = []
    with Sandbox("amsynth") as box:
        for number, preset in enumerate(chosen):
            audio = box.render(preset.values, 60, 90, 1.2, 2.0, RATE)
            path = inbox / f"query{number}.wav"
            soundfile.write(path, audio.T, RATE, subtype="PCM_24")
            queries.append((str(path), preset.name))
    return queries


def product_ms(vectors: NDArray[np.float32], query: NDArray[np.float32]) -> float:
    """Milliseconds of the K best of vectors (n, size) by their products with a query (size,)."""
    start = time.perf_counter()
    np.argpartition(-(vectors @ query), K)[:K]
    return 1000 * (time.perf_counter() - start)


def wait_for_engine(home: Path) -> Client:
    deadline = time.monotonic() + START_S
    while True:
        try:
            return connect(home / "run", "bench search")
        except (StarlingError, OSError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


ASPECTS = ("timbre", 1.0, "brightness", 0.5, "envelope", 0.5, "shift_brightness", -1.0)
WAYS: dict[str, tuple[bool, str, tuple[object, ...]]] = {  # with the sound, words, options
    "aspects": (True, "", ASPECTS),
    "words": (False, "warm analog brass", ()),
    "sound_and_words": (True, "darker strings", ()),
}
FILLED = 5_000  # made-up presets a source


def filled(library: LibraryDatabase, entries: int) -> LibraryDatabase:
    """A library in a folder of its own with so many entries: made once."""
    folder = HOME.with_name(f"home-{entries}") / "data" / "library"
    if not folder.exists():
        folder.parent.mkdir(parents=True)
        shutil.copytree(library.folder, folder)
    big = LibraryDatabase.open(folder)
    random = np.random.default_rng(0)
    snapshot = library.snapshot()
    while (count := big.count()) < entries:
        added = [made_up(number) for number in range(count, min(count + FILLED, entries))]
        sources.put_source(big, SourceFile(f"/made-up/{count}", "h", 1, 1, "s"), added)
        waiting = writer.waiting(big)
        at = random.integers(len(snapshot.rows), size=len(waiting))
        vectors = snapshot.vectors[np.sort(snapshot.rows[at])]
        vectors = vectors + random.normal(0, 0.03, vectors.shape).astype(np.float32)
        aspects = snapshot.aspects[np.sort(at)]
        writer.commit_scanned(
            big,
            [
                ScannedPreset(preset.id, vector, "", (), described.tobytes())
                for preset, vector, described in zip(waiting, vectors, aspects, strict=True)
            ],
        )
        print(f"{big.count()} of {entries} entries", flush=True)
    return big


def made_up(number: int) -> NewPreset:
    """A preset that nothing plays."""
    name = f"Made up {number}"
    known = {"content": name, "sound": name, "fingerprint": name, "schema_hash": "s"}
    return NewPreset(name, "Made up", "", (), "amsynth", {"x": 0.5}, **known)


def measure(
    client: Client, queries: list[tuple[str, str]], vectors: NDArray[np.float32]
) -> dict[str, object]:
    """Milliseconds from the request's datagram to the last item and done."""
    times, products, first = [], [], 0
    ways: dict[str, list[float]] = {way: [] for way in WAYS}
    for turn in range(ROUNDS + 1):
        for path, name in queries:
            start = time.perf_counter()
            hits = client.items("search", path, K, "", "")
            if turn:  # the first round fills caches
                times.append(1000 * (time.perf_counter() - start))
            first += hits[0]["name"] == name and turn == 0
            assert len(hits) == K
            for way, (sound, words, options) in WAYS.items():
                start = time.perf_counter()
                found = client.items("search", path if sound else "", K, "", words, *options)
                if turn:
                    ways[way].append(1000 * (time.perf_counter() - start))
                assert len(found) == K
        # after a round of searches, not between them: idle BLAS threads spin for a while
        products += [product_ms(vectors, vectors[at]) for at in range(len(queries))]
    return {
        "p50_ms": round(float(np.percentile(times, 50)), 2),
        "p95_ms": round(float(np.percentile(times, 95)), 2),
        "searches": len(times),
        **{f"{way}_p50_ms": round(median(each), 2) for way, each in ways.items()},
        "product_p50_ms": round(median(products), 4),
        "ratio_to_product": significant(median(times) / median(products)),
        "own_preset_first": round(first / len(queries), 3),
    }


def main() -> None:
    """Measure, say it in words, print the JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--entries", type=int, default=0)
    entries = parser.parse_args().entries
    library = library_of_amsynth()
    if entries:
        library = filled(library, entries)
    home = library.folder.parents[1]
    inbox = home / "data" / "inbox"
    inbox.mkdir(parents=True, exist_ok=True)
    queries = make_queries(library, inbox)
    presets = library.count()
    snapshot = library.snapshot()
    vectors = np.array(snapshot.vectors[snapshot.rows])
    library.close()
    command = [sys.executable, "-P", "-c", START, "engine", "--idle-minutes", "2"]
    engine = subprocess.Popen(command, env=os.environ | {"STARLING_HOME": str(home)})
    try:
        with wait_for_engine(home) as client:
            figures = {"presets": presets, **measure(client, queries, vectors)}
    finally:
        engine.terminate()
        engine.wait(timeout=10)
    print(
        f"a 2 s sound is searched for among {presets} presets in {figures['p50_ms']} ms (median), "
        f"{figures['p95_ms']} ms (95 %); one product over their vectors takes "
        f"{figures['product_p50_ms']} ms"
    )
    say(figures)


if __name__ == "__main__":
    main()
