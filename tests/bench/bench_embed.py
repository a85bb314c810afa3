"""Whether a preset is found again by another of its notes, among all of amsynth's presets.

`python3 build.py bench embed`. Gallery: every preset that sounds, without near-duplicates, as a
library hears it (note 60, velocity 100). Queries: the presets of banks that nothing was trained
on, at other keys and velocities, and at keys and lengths that no training set had. The renders are
kept in .starling/bench, so that a second run takes seconds. Baseline: the classical embedder (MFCC
and modulation spectrum) on the same renders (miss_ratio_to_classical_*).

`recording_*` weigh the family as a search by a recording does. With `--banks DIR`, a folder of DX7
cartridges, also Dexed's voices of cartridges that are kept from learning, two semitones up, among
all of them.
"""

import argparse
import hashlib
import json
import os
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from baselines.timing import say, significant
from numpy.typing import NDArray

from starling.models.artifacts import card_file
from starling.models.artifacts.catalogue import WEIGHTS
from starling.models.dsp import mel
from starling.presets.datasets import named
from starling.presets.datasets.real_presets import read_presets
from starling.presets.datasets.splits import SPLITS, near_duplicates, splits_of
from starling.presets.features.distance import Metric, deviation_of
from starling.presets.features.embedder import Embedder
from starling.presets.features.embedders import CLASSICAL, find
from starling.presets.features.log_mel_record import is_audible, mel_of
from starling.presets.library.sources import NewPreset
from starling.presets.sandbox.client import NoteRecords, Sandbox
from starling.presets.scan.synth_facts import synth_facts
from starling.presets.synths.render_stamp import render_stamp

HOME = Path(".starling/bench/embed").resolve()
CHUNK = 16  # presets a request
FIRST = (60, 100, 0.65)  # as a library hears presets
SHIFTED = {"p2": (62, 90, 0.65), "m3": (57, 110, 0.65), "m12": (48, 100, 0.65)}
UNSEEN = ((53, 85, 0.33), (65, 105, 0.75), (46, 80, 0.45), (70, 60, 0.75))
BARS = {"mrr_p2": 0.98, "mrr_m3": 0.97, "mrr_m12": 0.85, "dexed_mrr_p2": 0.96}
Notes = Sequence[tuple[int, int, float]]
Mels = NDArray[np.float16]


def listen(presets: Sequence[NewPreset], notes: Notes, what: str) -> Mels:
    """Log-mels (presets, notes, 64, 51); those that are silent are zero. Kept on disk."""
    texts = [json.dumps(dict(p.values), sort_keys=True) for p in presets]
    key = [render_stamp("amsynth"), mel.FEATURE_VERSION, notes, texts]
    path = HOME / f"{what}-{hashlib.sha256(json.dumps(key).encode()).hexdigest()[:16]}.npy"
    if path.is_file():
        return np.load(path)
    found = np.zeros((len(presets), len(notes), mel.BANDS, mel.STEPS), np.float16)
    starts = range(0, len(presets), CHUNK)
    threads = os.cpu_count() or 1
    with ThreadPoolExecutor(threads) as pool:
        parts = [starts[thread::threads] for thread in range(threads)]
        list(pool.map(lambda part: _listen_part(presets, notes, part, found), parts))
    HOME.mkdir(parents=True, exist_ok=True)
    np.save(path, found)
    return found


def _listen_part(
    presets: Sequence[NewPreset], notes: Notes, starts: Sequence[int], found: Mels
) -> None:
    with Sandbox("amsynth") as box:
        for start in starts:
            part = presets[start : start + CHUNK]
            for note, each in enumerate(notes):  # one by one: a silent note ends a preset's list
                heard = box.listen([p.values for p in part], [each], [False] * len(part))
                for row, reply in enumerate(heard, start):
                    if isinstance(reply, NoteRecords) and is_audible(reply.records[0]):
                        found[row, note] = mel_of(reply.records)[0]


def vectors_of(embedder: Embedder, mels: Mels) -> NDArray:
    """Vectors (n, size) on all cores: numpy leaves Python's lock while it works."""
    with ThreadPoolExecutor() as pool:
        parts = [mels[at : at + CHUNK] for at in range(0, len(mels), CHUNK)]
        return np.concatenate(list(pool.map(embedder.from_log_mel, parts)))


def ranks(
    embedder: Embedder,
    known: NDArray,
    queries: Mels,
    own: NDArray[np.int64],
    family: float | None = None,
) -> NDArray:
    """The place, from 1, of each query's own preset in the gallery; silent queries are left out."""
    audible = queries.any(axis=(1, 2))
    asked = vectors_of(embedder, queries[audible])
    if embedder.metric != "zscore":
        metric = Metric(embedder.size, None, embedder.parts)
        wanted = np.stack([metric.queries(each, family) for each in asked])  # (n, q, size)
        scores = np.stack([(each @ known.T).max(axis=0) for each in wanted])
        own_score = scores[np.arange(len(asked)), own[audible]]
        return 1 + (scores > own_score[:, None]).sum(axis=1)
    if embedder.metric == "zscore":
        scale = deviation_of(known, np.arange(len(known)))
        known, asked = known / scale, asked / scale
    apart = np.square(known).sum(axis=1) - 2 * asked @ known.T  # without the query's own length
    mine = apart[np.arange(len(asked)), own[audible]]
    return 1 + (apart < mine[:, None]).sum(axis=1)


def dexed_mrr(embedder: Embedder, folders: list[Path]) -> tuple[float, int]:
    """MRR of Dexed's voices of cartridges kept from learning, two semitones up, among all."""
    facts = synth_facts("dexed", HOME / "schemas")
    presets = named.playable(facts, folders)
    mels = named.rendered(presets, "dexed", (FIRST, SHIFTED["p2"]), HOME / "schemas")
    sounding = np.flatnonzero(mels[:, 0].any(axis=(1, 2)))
    kept = sounding[near_duplicates(mels[sounding, 0]) < 0]
    own = np.array(
        [at for at, row in enumerate(kept) if not named.is_learnt("dexed", presets[row].bank)]
    )
    places = ranks(embedder, vectors_of(embedder, mels[kept, 0]), mels[kept[own], 1], own)
    return round(float((1 / places).mean()), 4), len(own)


def figures_of(
    embedder: Embedder,
    gallery: Mels,
    queries: Mels,
    own: NDArray,
    prefix: str,
    family: float | None = None,
) -> dict:
    """MRR and recall for each of the queries' notes."""
    found = {}
    unseen = []
    known = vectors_of(embedder, gallery)
    for number, name in enumerate([*SHIFTED, *UNSEEN]):
        places = ranks(embedder, known, queries[:, number], own, family)
        if isinstance(name, str):
            found[f"{prefix}mrr_{name}"] = round(float((1 / places).mean()), 4)
            found[f"{prefix}recall_at_1_{name}"] = round(float((places == 1).mean()), 4)
            found[f"{prefix}recall_at_10_{name}"] = round(float((places <= 10).mean()), 4)
        else:
            unseen.append(float((1 / places).mean()))
    found[f"{prefix}mrr_unseen"] = round(float(np.mean(unseen)), 4)
    found[f"{prefix}mrr_unseen_each"] = [round(value, 4) for value in unseen]
    return found


def miss_ratio(figures: Mapping[str, object], name: str) -> float:
    """What is missing of an MRR of 1, over what the classical embedder misses: 0 is perfect."""
    ours, theirs = (1 - float(str(figures[f"{who}mrr_{name}"])) for who in ("", "classical_"))
    return significant(ours / theirs)


def check_unseen(card: Path) -> None:
    """Assert that no training set had one of the UNSEEN keys or lengths."""
    sources = card_file.read_card(card)["data"]["sources"]
    trained = [note for source in sources for note in source["notes"]]
    assert trained, "the card names no notes"
    for key, _, seconds in UNSEEN:
        assert all(key != note and seconds != held for note, _, held in trained), (key, seconds)


def main() -> None:
    """Measure, say it in words, print the JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--card", type=Path, help="of an embedder of your own")
    parser.add_argument("--banks", type=Path, action="append", default=[])
    given = parser.parse_args()
    os.environ["XDG_DATA_HOME"] = str(HOME)  # the distribution's banks, not the user's own
    start = time.perf_counter()
    presets, _ = read_presets(synth_facts("amsynth", HOME / "schemas"), [])
    splits = splits_of([(p.bank, p.name) for p in presets])
    order = sorted(range(len(presets)), key=lambda at: SPLITS.index(splits[at]))
    presets, splits = [presets[at] for at in order], [splits[at] for at in order]
    mels = listen(presets, [FIRST], "gallery")[:, 0]
    sounding = np.flatnonzero(mels.any(axis=(1, 2)))
    kept = sounding[near_duplicates(mels[sounding]) < 0]  # of copies, the one trained on
    own = np.array([at for at, row in enumerate(kept) if splits[row] == "test"])
    notes = [*SHIFTED.values(), *UNSEEN]
    queries = listen([presets[row] for row in kept[own]], notes, "queries")
    rendered = time.perf_counter() - start
    for card in [given.card] if given.card else sorted(WEIGHTS.glob("[ft]*.json")):
        if card_file.read_card(card)["kind"] in {"timbre", "families"}:
            check_unseen(card)
    figures: dict[str, object] = {"gallery": len(kept), "queries": len(own)}
    ours = find("timbre", given.card)
    for embedder, prefix in ((ours, ""), (CLASSICAL, "classical_")):
        figures |= figures_of(embedder, mels[kept], queries, own, prefix)
    if ours.families:
        weight = ours.families.recording
        figures |= figures_of(ours, mels[kept], queries, own, "recording_", weight)
    if given.banks:
        figures["dexed_mrr_p2"], figures["dexed_queries"] = dexed_mrr(ours, given.banks)
    missed = [n for n, bar in BARS.items() if n in figures and float(str(figures[n])) < bar]
    print(
        f"{len(own)} presets of banks not trained on among {len(kept)}: MRR "
        + ", ".join(f"{name} {figures[f'mrr_{name}']}" for name in (*SHIFTED, "unseen"))
        + f"; classical {figures['classical_mrr_p2']}, {figures['classical_mrr_m3']}, "
        f"{figures['classical_mrr_m12']}, {figures['classical_mrr_unseen']}; "
        + (f"below the bar: {', '.join(missed)}" if missed else "all bars are met")
    )
    figures |= {"missed": missed, "render_seconds": round(rendered, 1)}
    for name in (*SHIFTED, "unseen"):
        figures[f"miss_ratio_to_classical_{name}"] = miss_ratio(figures, name)
    say(figures)


if __name__ == "__main__":
    main()
