"""How near a match comes: 20 held-out presets of amsynth and 20 notes of real instruments.

`python3 build.py bench match [--proxy CARD] [--synth dexed --banks DIR]`. Uses the library of
`bench scan`, or scans first. A target is a WAV file of one second; its own preset and
near-duplicates of it are left out of the library. Distances are those of
`models/dsp/sound_distance.py`; "retrieved" is the preset that a search by sound puts first, played
at the target's note. With --proxy that preset encoder picks which candidates are rendered. Without
../shared the instruments are left out.

Baseline for each target: plain CMA-ES from the synth's default preset, over the same parameters,
with the same loss, note and number of renders, and no library (mss_vs_cma_es, loss_vs_cma_es).
"""

import argparse
import os
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np
import soundfile
from baselines.cma_es import minimise
from baselines.timing import processor_seconds, say
from numpy.typing import NDArray

from starling.models.dsp.sound_distance import Similarity, compare, levelled
from starling.presets.datasets.splits import NEAR, split_of
from starling.presets.features.embedders import log_mel
from starling.presets.features.spectral_loss import LEVEL, SAMPLE_RATE
from starling.presets.library.database import LibraryDatabase
from starling.presets.library.preset import Preset
from starling.presets.match.evaluators import Evaluators
from starling.presets.match.initial_population import neighbours
from starling.presets.match.parameter_vector import SearchSpace
from starling.presets.match.pipeline import MatchOptions, MatchResult, Surrogate, match_target
from starling.presets.match.surrogate import load_surrogate
from starling.presets.match.target import Target, load_target
from starling.presets.sandbox.client import Sandbox
from starling.presets.scan.update import scan
from starling.presets.synths.plugin import SCHEMAS

LIBRARY = Path(".starling/bench/home/data/library").resolve()
INSTRUMENTS = Path("../shared/data/instruments")
TARGETS = 20
BUDGET = 1000
SIGMA = 0.3  # of CMA-ES at first: a third of the box, as its author advises
WORST_DB = 1e3  # the loss of silence, for CMA-ES
NOTE = (60, 100, 0.65, 1.0, SAMPLE_RATE)  # as the library's own: retrieval at its best
LOOKED_AT = 50  # nearest presets among which duplicates of a target are looked for
Array = NDArray[np.float32]


def library_of(synth: str, banks: list[Path]) -> LibraryDatabase:
    """The library with this synth's presets in it."""
    library = LibraryDatabase.open(LIBRARY)
    if not library.select("synth = ? LIMIT 1", (synth,)):
        print(f"no presets of {synth} yet: scanning", flush=True)
        scan(library, synths=[synth], folders=banks)
    return library


def outline(audio: Array) -> Array:
    """The centred log-mel of a sound at the standard level, of length one."""
    mono = audio.mean(axis=0)
    mel = log_mel(mono * np.float32(LEVEL / np.sqrt(np.mean(np.square(mono)) + 1e-20)))
    centred = (mel - mel.mean()).ravel()
    return np.asarray(centred / np.linalg.norm(centred), np.float32)


def held_out(library: LibraryDatabase, synth: str) -> list[Preset]:
    """Presets of banks for the test, evenly spread."""
    presets = library.select("synth = ? AND quarantine = '' ORDER BY id", (synth,))
    test = [preset for preset in presets if split_of(preset.bank) == "test"]
    return test[:: len(test) // TARGETS][:TARGETS]


def duplicates(
    library: LibraryDatabase, box: Sandbox, preset: Preset, audio: Array, path: Path
) -> list[int]:
    """The preset itself and those that sound the same."""
    own = outline(audio)
    found = [preset.id]
    for other in neighbours(library, load_target(path), preset.synth, LOOKED_AT):
        if other.id != preset.id and outline(box.render(other.values, *NOTE)) @ own > NEAR:
            found.append(other.id)
    return found


def cma_es(matched: MatchResult, synth: str, cache: Path) -> tuple[Array, float]:
    """What plain CMA-ES finds with as many renders: the sound (2, frames) and its loss."""
    note, held = matched.initial.note, matched.initial.held
    with Evaluators(synth, os.cpu_count() or 1, cache) as evaluators:
        space = SearchSpace(evaluators.open())
        evaluators.set_target(matched.target.samples)
        base = space.schema.defaults()

        def values(vector: NDArray[np.float64]) -> dict[str, float]:
            return space.values(space.snapped(vector), base)

        def losses(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
            found = evaluators.evaluate([(values(each), note, held) for each in vectors])
            return np.minimum(found, WORST_DB)

        rng = np.random.default_rng(0)
        best, loss = minimise(losses, space.vector(base), SIGMA, matched.evaluations, rng)
        return evaluators.render(values(best), note, held), loss


def measured(box: Sandbox, matched: MatchResult, plain: Array) -> dict[str, Similarity]:
    """The retrieved preset, the best start, the best variant and CMA-ES's, each against the target.

    `plain` is the sound that CMA-ES found.
    """
    target = matched.target.samples[None]
    start = matched.initial.best
    played = (matched.initial.note, 100, matched.initial.held, matched.target.seconds, SAMPLE_RATE)
    sounds = {
        "retrieved": matched.nearest.audio,
        "start": box.render(start.values, *played),
        "match": matched.variants[0].audio,
        "cma_es": plain,
    }
    fitted = {name: a.mean(axis=0)[None, : target.shape[1]] for name, a in sounds.items()}
    return {name: compare(target, levelled(mono, target)) for name, mono in fitted.items()}


def run(
    library: LibraryDatabase,
    synth: str,
    box: Sandbox,
    name: str,
    target: Target,
    without: list[int],
    surrogate: Surrogate | None,
) -> dict:
    """Match one target; its figures."""
    before = processor_seconds()
    start = time.perf_counter()
    options = MatchOptions(BUDGET, without=without, title=name)
    matched = match_target(target, synth, library, options, surrogate=surrogate)
    seconds = time.perf_counter() - start
    after = processor_seconds()
    plain, plain_loss = cma_es(matched, synth, library.folder / SCHEMAS)
    found = measured(box, matched, plain)
    mss = ", ".join(f"{kind} {each.mss:5.2f}" for kind, each in found.items())
    print(f"{name:44.44} note {matched.initial.note:3} MSS: {mss} dB, {seconds:4.1f} s", flush=True)
    return {
        **{kind: asdict(each) for kind, each in found.items()},
        "loss": (matched.start_loss, matched.loss),
        "loss_vs_cma_es": matched.loss / plain_loss,
        "seconds": seconds,
        "cpu_seconds": after - before,
        "evaluations": matched.evaluations,
        "variants": len(matched.variants),
    }


def of_presets(
    library: LibraryDatabase, synth: str, box: Sandbox, folder: Path, surrogate: Surrogate | None
) -> list[dict]:
    rows = []
    for preset in held_out(library, synth):
        audio = box.render(preset.values, *NOTE)
        path = folder / f"{preset.id}.wav"
        soundfile.write(path, audio.T, SAMPLE_RATE, subtype="FLOAT")
        without = duplicates(library, box, preset, audio, path)
        name = f"{preset.bank}: {preset.name}"
        rows.append(run(library, synth, box, name, load_target(path), without, surrogate))
    return rows


def of_instruments(
    library: LibraryDatabase, synth: str, box: Sandbox, surrogate: Surrogate | None
) -> list[dict]:
    files = sorted(INSTRUMENTS.glob("*.flac"))
    chosen = files[:: max(1, len(files) // TARGETS)][:TARGETS]
    return [
        run(library, synth, box, path.stem, load_target(path), [], surrogate) for path in chosen
    ]


def ratio(rows: list[dict], measure: str, to: str = "retrieved") -> float:
    """The median of matched / retrieved."""
    return round(float(np.median([row["match"][measure] / row[to][measure] for row in rows])), 3)


def figures(rows: list[dict]) -> dict[str, object]:
    return {
        "mss_vs_retrieved": ratio(rows, "mss"),
        "mss_vs_best_start": ratio(rows, "mss", "start"),
        "mss_vs_cma_es": ratio(rows, "mss", "cma_es"),
        "loss_vs_cma_es": round(float(np.median([row["loss_vs_cma_es"] for row in rows])), 3),
        "wmfcc_vs_retrieved": ratio(rows, "wmfcc"),
        "sot_vs_retrieved": ratio(rows, "sot"),
        **{
            f"rms_cosine_{kind}": round(float(np.median([r[kind]["rms_cosine"] for r in rows])), 4)
            for kind in ("retrieved", "match")
        },
        "seconds_per_target": round(float(np.mean([row["seconds"] for row in rows])), 2),
        "cpu_seconds_per_target": round(float(np.mean([row["cpu_seconds"] for row in rows])), 2),
        "never_worse": all(row["loss"][1] <= row["loss"][0] for row in rows),
    }


def main() -> None:
    """Measure, say it in words, print the JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--proxy", type=Path, help="card of a preset encoder for the synth")
    parser.add_argument("--synth", default="amsynth")
    parser.add_argument("--banks", type=Path, nargs="*", default=[], help="folders of its presets")
    told = parser.parse_args()
    card, synth = told.proxy, told.synth
    surrogate = load_surrogate(card) if card else None
    library = library_of(synth, [each.resolve() for each in told.banks])
    with Sandbox(synth) as box, tempfile.TemporaryDirectory() as folder:
        presets = of_presets(library, synth, box, Path(folder), surrogate)
        there = INSTRUMENTS.is_dir()
        instruments = of_instruments(library, synth, box, surrogate) if there else []
    found = {"synth": synth, **figures(presets), "targets": len(presets), "budget": BUDGET}
    found |= {"evaluations": max(row["evaluations"] for row in presets)}
    if instruments:
        better = [row["match"]["mss"] < row["retrieved"]["mss"] for row in instruments]
        of_start = [row["match"]["mss"] < row["start"]["mss"] for row in instruments]
        found |= {"instruments_better": sum(better), "instruments": len(instruments)}
        found |= {"instruments_better_than_start": sum(of_start)}
        found |= {f"instruments_{name}": each for name, each in figures(instruments).items()}
    else:
        print("the instruments of ../shared are not here: that part is left out")
    found |= {
        "proxy": str(card or ""),
        "gallery": library.count(),
        "load": os.getloadavg()[0],
    }
    library.close()
    print(
        f"{BUDGET} evaluations bring MSS to {found['mss_vs_retrieved']} of the retrieved preset's "
        f"(median of {len(presets)}) in {found['seconds_per_target']} s a target, and to "
        f"{found['mss_vs_cma_es']} of what plain CMA-ES reaches with as many"
    )
    say(found)


if __name__ == "__main__":
    main()
