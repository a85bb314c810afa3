"""The figures of one set of sounds beside real ones: distances, memorisation, variety, attributes.

`against` needs the reference only, `own` the training split as well. Names are those of the table.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import wasserstein_distance

from starling.models.dsp import descriptors
from starling.models.evaluation import set_distances, two_sample_test
from starling.models.evaluation.features import Heard

VOICES = 8  # sounds with a pitch that each side needs for a distance of pitches
F0_PART = (5, 95)  # percentiles that are called the range of a set's pitches
Numbers = NDArray[np.float64]


def against(made: Heard, sides: Mapping[str, Heard], headline: str) -> dict[str, Any]:
    """Distances from each side (a name such as `all`); the rest against the headline side."""
    found: dict[str, Any] = {"sounds": len(made), "silent": made.silent, "headline": headline}
    for name, side in sides.items():
        if min(len(side), len(made)) < set_distances.SMALLEST:
            continue
        found[f"frechet_{name}"] = set_distances.frechet(made.vectors, side.vectors)
        found[f"kernel_{name}"] = set_distances.kernel_distance(made.vectors, side.vectors)
    real = sides[headline]
    found["frechet"], found["kernel"] = found[f"frechet_{headline}"], found[f"kernel_{headline}"]
    if made.low_vectors is not None and real.low_vectors is not None:
        found["frechet_low"] = set_distances.frechet(made.low_vectors, real.low_vectors)
        found["kernel_low"] = set_distances.kernel_distance(made.low_vectors, real.low_vectors)
    return found | _told_apart(made, real) | attributes(made, real)


def _told_apart(made: Heard, real: Heard) -> dict[str, float]:
    """The two-sample tests, where there is enough to learn from."""
    if min(len(made), len(real)) < 2 * two_sample_test.FOLDS:
        return {}
    found = two_sample_test.tell_apart(real.vectors, made.vectors)
    return {
        "two_sample_auc": found.auc,
        "two_sample_accuracy": found.accuracy,
        "two_sample_accuracy_mel": two_sample_test.tell_apart_by_ear(
            real.spectrograms, made.spectrograms
        ),
    }


def own(made: Heard, train: Heard, held_out: Heard) -> dict[str, Any]:
    """Memorisation and variety of a set, measured by the training and held-out recordings."""
    found: dict[str, Any] = {
        "spread_ratio": set_distances.spread_ratio(
            made.vectors, made.labels, train.vectors, train.labels
        ),
        "spread_ratio_mel": set_distances.spread_ratio(
            made.flat, made.labels, train.flat, train.labels
        ),
    }
    if len(held_out):
        found["nearest_neighbour_ratio"] = set_distances.nearest_ratio(
            made.vectors, held_out.vectors, train.vectors
        )
        found["nearest_neighbour_ratio_mel"] = set_distances.nearest_ratio(
            made.flat, held_out.flat, train.flat
        )
    if len(train) > set_distances.NEIGHBOURS:
        density, coverage = set_distances.density_coverage(train.vectors, made.vectors)
        found |= {"density": density, "coverage": coverage}
    return found | voice(made)


def attributes(made: Heard, real: Heard) -> dict[str, float | None]:
    """Wasserstein distances of histograms: octaves of centroid and F0, doublings of decay."""
    bright, decay = (descriptors.NAMES.index(name) for name in ("brightness", "decay"))
    pitches = [octaves(side) for side in (made, real)]
    enough = min(map(len, pitches)) >= VOICES
    return {
        "centroid_octaves": _moved(made.measures[:, bright], real.measures[:, bright]),
        "decay_doublings": _moved(doublings(made, decay), doublings(real, decay)),
        "f0_octaves": _moved(*pitches) if enough else None,
    }


def doublings(heard: Heard, column: int) -> Numbers:
    """Decay times as powers of two of a second; the descriptor is a natural logarithm."""
    return np.asarray(heard.measures[:, column] / np.log(2), np.float64)


def octaves(heard: Heard) -> Numbers:
    """log2 of the F0 of the sounds that have one."""
    return np.asarray(np.log2(heard.hertz[np.isfinite(heard.hertz)]), np.float64)


def _moved(first: NDArray[Any], second: NDArray[Any]) -> float:
    return float(wasserstein_distance(first, second))


def voice(heard: Heard) -> dict[str, Any]:
    """Voiced share of the sounding frames, the range of F0 in Hz, and how far a pitch moves."""
    hertz = heard.hertz[np.isfinite(heard.hertz)]
    if not len(hertz):
        return {"voiced_share": float(heard.voiced.mean()), "f0_range": None, "f0_glide": None}
    low, high = np.percentile(hertz, F0_PART)
    return {
        "voiced_share": float(heard.voiced.mean()),
        "f0_range": [round(float(low), 1), round(float(high), 1)],
        "f0_glide": float(np.median(heard.glide[np.isfinite(heard.hertz)])),
    }
