"""The figures of one set of sounds beside real ones: distances, memorisation, variety, attributes.

`against` needs reference sets only, `own` the training split as well. Keys are those of the table.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import wasserstein_distance

from starling.models.dsp import descriptors
from starling.models.evaluation import set_distances, two_sample_test
from starling.models.evaluation.features import Features

MIN_PITCHED = 8  # sounds with an F0 that each set needs for a distance of F0
F0_PERCENTILES = (5, 95)  # of a set's F0: its range
Numbers = NDArray[np.float64]


def against(made: Features, references: Mapping[str, Features], headline: str) -> dict[str, Any]:
    """Distances from each reference set, by its name; the rest against the headline set only."""
    found: dict[str, Any] = {"sounds": len(made), "silent": made.silent, "headline": headline}
    for name, reference in references.items():
        if min(len(reference), len(made)) < set_distances.SMALLEST:
            continue
        found[f"frechet_{name}"] = set_distances.frechet(made.vectors, reference.vectors)
        found[f"kernel_{name}"] = set_distances.kernel_distance(made.vectors, reference.vectors)
    real = references[headline]
    found["frechet"], found["kernel"] = found[f"frechet_{headline}"], found[f"kernel_{headline}"]
    if made.low_vectors is not None and real.low_vectors is not None:
        found["frechet_low"] = set_distances.frechet(made.low_vectors, real.low_vectors)
        found["kernel_low"] = set_distances.kernel_distance(made.low_vectors, real.low_vectors)
    return found | _two_sample_tests(made, real) | attributes(made, real)


def _two_sample_tests(made: Features, real: Features) -> dict[str, float]:
    """The two-sample tests, where there is enough to learn from."""
    if min(len(made), len(real)) < 2 * two_sample_test.FOLDS:
        return {}
    found = two_sample_test.c2st_logistic(real.vectors, made.vectors)
    return {
        "two_sample_auc": found.auc,
        "two_sample_accuracy": found.accuracy,
        "two_sample_accuracy_mel": two_sample_test.c2st_network(
            real.spectrograms, made.spectrograms
        ),
    }


def own(made: Features, train: Features, held_out: Features) -> dict[str, Any]:
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
    return found | pitch_figures(made)


def attributes(made: Features, real: Features) -> dict[str, float | None]:
    """Wasserstein distances of histograms: octaves of centroid and F0, doublings of decay."""
    bright, decay = (descriptors.NAMES.index(name) for name in ("brightness", "decay"))
    pitches = [octaves(side) for side in (made, real)]
    enough = min(map(len, pitches)) >= MIN_PITCHED
    return {
        "centroid_octaves": _wasserstein(made.measures[:, bright], real.measures[:, bright]),
        "decay_doublings": _wasserstein(doublings(made, decay), doublings(real, decay)),
        "f0_octaves": _wasserstein(*pitches) if enough else None,
    }


def doublings(features: Features, column: int) -> Numbers:
    """Decay times as powers of two of a second; the descriptor is a natural logarithm."""
    return np.asarray(features.measures[:, column] / np.log(2), np.float64)


def octaves(features: Features) -> Numbers:
    """log2 of the F0 of the sounds that have one."""
    return np.asarray(np.log2(features.hertz[np.isfinite(features.hertz)]), np.float64)


def _wasserstein(first: NDArray[Any], second: NDArray[Any]) -> float:
    return float(wasserstein_distance(first, second))


def pitch_figures(features: Features) -> dict[str, Any]:
    """Voiced share of the sounding frames, the range of F0 in Hz, and how far a pitch moves."""
    hertz = features.hertz[np.isfinite(features.hertz)]
    if not len(hertz):
        return {"voiced_share": float(features.voiced.mean()), "f0_range": None, "f0_glide": None}
    low, high = np.percentile(hertz, F0_PERCENTILES)
    return {
        "voiced_share": float(features.voiced.mean()),
        "f0_range": [round(float(low), 1), round(float(high), 1)],
        "f0_glide": float(np.median(features.glide[np.isfinite(features.hertz)])),
    }
