"""Whether what is found is of the query's family: precision at ten, by names of presets.

`python3 build.py bench families --banks DIR [--font SF2]`. Galleries: presets of amsynth, and DX7
voices of the cartridges in DIR, of banks that nothing was trained on, whose name tells one of
twelve families. Queries: notes of a soundfont that nothing was trained on (Debian's
timgm6mb-soundfont), presets of the other synth, and recordings of ../shared. A family's precision
is the mean of its queries, the figure the mean of families. Baselines in the same run: the timbre
network without families, as version 0.1.0 heard, and the classical embedder (MFCC); the intervals
are of paired differences, by a bootstrap over instruments or presets.

Further: how many results that are shown as related and better are of the query's family
(`calibration_*`), and precision at ten of twenty descriptions in words (`words_p10`), beside that
of letters alone, which find no name that does not have them.
"""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

import judged
import numpy as np
from baselines.timing import say, significant
from numpy.typing import NDArray

from starling.presets.features.distance import Metric
from starling.presets.features.embedder import Embedder
from starling.presets.features.embedders import CLASSICAL, default, timbre_alone
from starling.presets.library.tags import words as words_of
from starling.presets.search.words import meaning

K = 10
ROUNDS = 2000  # of the bootstrap
LEVELS = (2.5, 97.5)  # per cent
BARS = {
    "amsynth_p10": 0.36,
    "dexed_p10": 0.46,
    "cross_p10": 0.29,
    "recordings_amsynth_p10": 0.28,
    "recordings_dexed_p10": 0.40,
    "words_p10": 0.5,
    "calibration_same_family": 0.75,
}
Vectors = NDArray[np.float32]
Compared = Callable[[judged.Judged, judged.Judged], Vectors]  # queries, gallery: (q, g) scores
# Descriptions, and the family that a preset must be of by its name to be right.
DESCRIPTIONS: dict[str, str] = {
    "warm analog brass": "brass",
    "trumpets and horns": "brass",
    "electric piano": "electric_piano",
    "rhodes": "electric_piano",
    "grand piano": "piano",
    "church organ": "organ",
    "hammond with leslie": "organ",
    "acoustic guitar": "plucked",
    "plucked harp": "plucked",
    "fat synth bass": "bass",
    "slap bass": "bass",
    "string ensemble": "strings",
    "solo violin": "strings",
    "choir of voices": "voice",
    "vocal aahs": "voice",
    "breathy flute": "flute",
    "tubular bells": "bell",
    "vibraphone": "bell",
    "screaming lead": "lead",
    "soft ambient pad": "pad",
}


def by_embedder(embedder: Embedder, family: float | None) -> Compared:
    """How an embedder compares, with the family weighed."""

    def compared(queries: judged.Judged, gallery: judged.Judged) -> Vectors:
        known = embedder.from_log_mel(gallery.mels)
        metric = Metric(embedder.size, None, embedder.parts)
        variants = queries.variants or tuple(mel[None] for mel in queries.mels)
        wanted = [
            np.stack([q for v in embedder.from_log_mel(each) for q in metric.queries(v, family)])
            for each in variants
        ]
        return np.stack([(each @ known.T).max(axis=0) for each in wanted])

    return compared


def by_classical(queries: judged.Judged, gallery: judged.Judged) -> Vectors:
    """MFCC neighbours: minus the distances of z-scores."""
    known, wanted = (CLASSICAL.from_log_mel(each.mels) for each in (gallery, queries))
    scale = known.std(axis=0) + 1e-6
    known, wanted = known / scale, wanted / scale
    return np.asarray(2 * wanted @ known.T - np.square(known).sum(axis=1), np.float32)


def hits(scores: Vectors, queries: judged.Judged, gallery: judged.Judged) -> NDArray[np.float64]:
    """The share (q,) of each query's ten nearest that are of its family."""
    nearest = np.argsort(-scores, axis=1)[:, :K]
    return (gallery.families[nearest] == queries.families[:, None]).mean(axis=1)


def mean_of_families(found: NDArray[np.float64], families: NDArray[np.str_]) -> float:
    """The mean over families of their queries' means."""
    return float(np.mean([found[families == each].mean() for each in np.unique(families)]))


def interval(difference: NDArray[np.float64], queries: judged.Judged) -> list[float]:
    """Of the mean over families of paired differences (q,): 95 %, groups drawn again."""
    random = np.random.default_rng(0)
    families = [
        [difference[queries.groups == group] for group in np.unique(queries.groups[inside])]
        for each in np.unique(queries.families)
        for inside in [queries.families == each]
    ]
    means = [np.mean([_again(groups, random) for groups in families]) for _ in range(ROUNDS)]
    return [round(float(each), 4) for each in np.percentile(means, LEVELS)]


def _again(groups: Sequence[NDArray[np.float64]], random: np.random.Generator) -> float:
    """The mean over as many groups, drawn with replacement."""
    drawn = random.integers(len(groups), size=len(groups))
    return float(np.concatenate([groups[at] for at in drawn]).mean())


def measured(
    name: str,
    ways: dict[str, Compared],
    pairs: Sequence[tuple[judged.Judged, judged.Judged]],
) -> dict[str, object]:
    """Precision of each way over pairs of queries and gallery, whose mean counts."""
    found = {
        way: [hits(compared(*pair), *pair) for pair in pairs] for way, compared in ways.items()
    }
    figures: dict[str, object] = {}
    for way, each in found.items():
        means = [mean_of_families(h, p[0].families) for h, p in zip(each, pairs, strict=True)]
        figures[f"{name}{way}"] = round(float(np.mean(means)), 4)
    own, old = found["_p10"], found["_old_p10"]
    bounds = [interval(a - b, p[0]) for a, b, p in zip(own, old, pairs, strict=True)]
    figures[f"{name}_gain"] = bounds[0] if len(bounds) == 1 else bounds
    queries, gallery = pairs[0]
    for each in np.unique(queries.families).tolist():
        inside = queries.families == each
        row = {"chance": round(float((gallery.families == each).mean()), 3)}
        row |= {way[1:]: round(float(found[way][0][inside].mean()), 3) for way in ways}
        figures[f"{name}_{each}"] = row
    return figures


def calibration(
    embedder: Embedder, use: str, queries: judged.Judged, gallery: judged.Judged
) -> tuple[int, int]:
    """Of ten results a query those shown as related and better: how many, and of its family."""
    assert embedder.families is not None
    family = embedder.families.recording if use == "recording" else None
    cosines = by_embedder(embedder, family)(queries, gallery)
    same = queries.names == gallery.names
    if same:
        np.fill_diagonal(cosines, -2)
    nearest = np.argsort(-cosines, axis=1)[:, :K]
    shown = np.take_along_axis(cosines, nearest, axis=1)
    distances = np.sqrt(np.maximum(2 - 2 * shown, 0)).astype(np.float32)
    scores = Metric(embedder.size, None, embedder.parts).similarity(
        distances.ravel(), embedder.families.scales[use]
    )
    related = scores.reshape(shown.shape) >= 0.5
    right = gallery.families[nearest] == queries.families[:, None]
    return int(related.sum()), int((related & right).sum())


def words_precision(
    embedder: Embedder, gallery: judged.Judged
) -> tuple[float, float, dict[str, float]]:
    """Precision at ten of descriptions by meaning, by letters alone, and of each."""
    assert embedder.families is not None and embedder.parts is not None
    known = embedder.from_log_mel(gallery.mels)[:, embedder.parts[0] :]
    each, letters = {}, []
    for text, family in DESCRIPTIONS.items():
        said = meaning(embedder, text).vector
        assert said is not None
        vector = said[embedder.parts[0] :]
        nearest = np.argsort(-(known @ vector))[:K]
        each[text] = round(float((gallery.families[nearest] == family).mean()), 2)
        tokens = set(words_of(text))
        found = [at for at, name in enumerate(gallery.names) if tokens <= set(words_of(name))][:K]
        letters.append(sum(gallery.families[at] == family for at in found) / K)
    return float(np.mean(list(each.values()))), float(np.mean(letters)), each


def main() -> None:
    """Measure, say it in words, print the JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--banks", type=Path, action="append", default=[])
    parser.add_argument("--font", type=Path, default=judged.FONT)
    given = parser.parse_args()
    own, old = default(), timbre_alone()
    assert own.families is not None, "the weights of families are not there"
    ways: dict[str, Compared] = {
        "_p10": by_embedder(own, own.families.recording),
        "_old_p10": by_embedder(old, None),
        "_mfcc_p10": by_classical,
    }
    galleries = {"amsynth": judged.presets("amsynth", []), "dexed": None}
    if given.banks:
        galleries["dexed"] = judged.presets("dexed", given.banks)
    font, recorded = judged.soundfont(given.font), judged.recordings()
    figures: dict[str, object] = {"queries": len(font.names)}
    shown = right = 0
    for synth, gallery in galleries.items():
        if gallery is None:
            continue
        figures[f"{synth}_presets"] = len(gallery.names)
        figures |= measured(synth, ways, [(font, gallery)])
        if recorded is not None:
            figures |= measured(f"recordings_{synth}", ways, [(recorded, gallery)])
            figures[f"{synth}_recordings_related"] = list(
                calibration(own, "recording", recorded, gallery)
            )
        more, good = calibration(own, "preset", gallery, gallery)
        shown, right = shown + more, right + good
    amsynth, dexed = galleries["amsynth"], galleries["dexed"]
    assert amsynth is not None
    both = amsynth
    if dexed is not None:
        figures |= measured("cross", ways, [(dexed, amsynth), (amsynth, dexed)])
        both = judged.Judged(
            np.concatenate([amsynth.mels, dexed.mels]),
            np.concatenate([amsynth.families, dexed.families]),
            np.concatenate([amsynth.groups, dexed.groups]),
            amsynth.names + dexed.names,
        )
    meant, letters, each = words_precision(own, both)
    figures |= {
        "calibration_same_family": significant(right / max(shown, 1)),
        "calibration_shown": shown,
        "words_p10": round(meant, 3),
        "words_letters_p10": round(letters, 3),
        "words_each": each,
    }
    missed = [n for n, bar in BARS.items() if n in figures and float(str(figures[n])) < bar]
    print(
        ", ".join(f"{name} {figures[name]} (bar {bar})" for name, bar in BARS.items()
                  if name in figures)
        + (f"; below the bar: {', '.join(missed)}" if missed else "; all bars are met")
    )  # fmt: skip
    say(figures | {"missed": missed})


if __name__ == "__main__":
    main()
