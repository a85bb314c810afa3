"""Measure a one-shot model: recognised, varied, not copied, obedient to its knobs.

Every figure for generated sounds stands beside the same figure for held-out real ones.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

from starling.models import classifier, descriptors
from starling.models.audio import Array
from starling.models.data import SoundSet, load_folder
from starling.models.errors import InputError
from starling.models.generator import Generator

SEED = 20_000  # first seed of the evaluation; tests elsewhere use small ones
SWEEP = (0.0, 0.25, 0.5, 0.75, 1.0)
SWEEP_SEEDS = 8


@dataclass(frozen=True, slots=True)
class Judged:
    """A judge with the real sounds it was trained on and those it never saw."""

    judge: classifier.Judge
    train: NDArray[np.float32]  # log-mel features (N, cells)
    test: NDArray[np.float32]
    predictions: NDArray[np.int64]  # for the held-out real sounds
    wanted: NDArray[np.int64]


def open_sounds(folder: Path, generator: Generator) -> SoundSet:
    """The recordings, split as in training. Raises InputError if the classes differ."""
    config = generator.model.config
    seed = generator.training["seed"]
    sounds = load_folder(folder, config.head.sample_rate, config.seconds, seed=seed)
    if sounds.classes != config.classes:
        raise InputError(
            f"{folder} has the classes {', '.join(sounds.classes)}; "
            f"the model has {', '.join(config.classes)}"
        )
    return sounds


def train_judge(sounds: SoundSet, sample_rate: int) -> Judged:
    """Train the independent classifier on the training sounds and try it on the held-out ones."""
    spectrograms = classifier.features([sound.signal for sound in sounds.sounds], sample_rate)
    kept = ~sounds.held_out
    judge = classifier.train_judge(spectrograms[kept], sounds.labels[kept], len(sounds.classes))
    predictions, _ = classifier.judge_sounds(judge, spectrograms[sounds.held_out])
    flat = spectrograms.flatten(1).numpy()
    return Judged(
        judge, flat[kept], flat[sounds.held_out], predictions, sounds.labels[sounds.held_out]
    )


def nearest(queries: NDArray[np.float32], known: NDArray[np.float32]) -> NDArray[np.float32]:
    """Euclidean distance from each query to its nearest known row."""
    squares = (queries**2).sum(1)[:, None] + (known**2).sum(1)[None] - 2 * queries @ known.T
    return np.asarray(np.sqrt(np.maximum(squares.min(axis=1), 0)), np.float32)


def spread(rows: NDArray[np.float32]) -> float:
    """Mean distance between two different rows."""
    if len(rows) < 2:
        return 0.0
    squares = (rows**2).sum(1)
    distances = np.sqrt(np.maximum(squares[:, None] + squares[None] - 2 * rows @ rows.T, 0))
    return float(distances.sum() / (len(rows) * (len(rows) - 1)))


def accuracy_by_class(
    predictions: NDArray[np.int64], wanted: NDArray[np.int64], classes: tuple[str, ...]
) -> dict[str, float]:
    """Share of right predictions in each class that occurs."""
    return {
        name: round(float((predictions[wanted == index] == index).mean()), 3)
        for index, name in enumerate(classes)
        if (wanted == index).any()
    }


def obedience(generator: Generator, kinds: tuple[str, ...]) -> dict[str, dict[str, float]]:
    """Spearman correlation of knob and measured descriptor, for each knob over each kind."""
    classes = generator.model.config.classes
    table: dict[str, dict[str, float]] = {}
    for column, knob in enumerate(descriptors.NAMES):
        table[knob] = {}
        for kind in kinds:
            rows = [
                [
                    _measure(generator, SEED + seed, kind, classes, knob, value)[column]
                    for value in SWEEP
                ]
                for seed in range(SWEEP_SEEDS)
            ]
            each = [float(spearmanr(SWEEP, row).statistic) for row in rows]
            table[knob][kind] = round(float(np.mean(each)), 3)
    return table


def _measure(
    generator: Generator, seed: int, kind: str, classes: tuple[str, ...], knob: str, value: float
) -> NDArray[np.float32]:
    """Descriptors of one generated sound with one knob turned."""
    sound = generator.generate(seed, {"kind": 1.0 + classes.index(kind), knob: value})[0]
    return descriptors.describe(sound, generator.card.sample_rate)


def random_controls(generator: Generator, kind: int, seed: int) -> dict[str, float]:
    """Knobs anywhere, extremes and odd combinations included."""
    values = np.random.default_rng([SEED, seed, kind]).random(len(descriptors.NAMES))
    knobs = dict(zip(descriptors.NAMES, map(float, values), strict=True))
    return {"kind": 1.0 + kind, **knobs}


def untouched(generator: Generator, kind: int, seed: int) -> dict[str, float]:
    """Every knob where a user finds it: the seed alone makes the difference."""
    return {"kind": 1.0 + kind}


def make_sounds(
    generator: Generator,
    each: int,
    controls: Callable[[Generator, int, int], dict[str, float]] = untouched,
) -> tuple[list[Array], NDArray[np.int64], float]:
    """`each` sounds of every class, their classes, and the median time in ms."""
    made, times = [], []
    count = len(generator.model.config.classes)
    for kind in range(count):
        for seed in range(each):
            began = time.perf_counter()
            made.append(generator.generate(SEED + seed, controls(generator, kind, seed))[0])
            times.append(time.perf_counter() - began)
    return made, np.repeat(np.arange(count), each), float(np.median(times) * 1000)


def evaluate(
    generator: Generator,
    sounds: SoundSet,
    *,
    each: int = 32,
    progress: Callable[[float, str], None] = lambda fraction, text: None,
) -> dict[str, Any]:
    """All figures as a JSON-ready dict; about a minute on one core."""
    rate, classes = generator.card.sample_rate, sounds.classes
    progress(0.0, "training the judge on real sounds")
    judged = train_judge(sounds, rate)
    progress(0.4, "generating")
    made, labels, p50 = make_sounds(generator, each)
    spectrograms = classifier.features(made, rate)
    predictions, _ = classifier.judge_sounds(judged.judge, spectrograms)
    flat = spectrograms.flatten(1).numpy()
    progress(0.6, "turning knobs")
    turned, _, _ = make_sounds(generator, each, random_controls)
    anywhere, _ = classifier.judge_sounds(judged.judge, classifier.features(turned, rate))
    kinds = tuple(name for name in ("kick", "snare", "hat_closed", "hat_open") if name in classes)
    obeyed = obedience(generator, kinds or classes[:4])
    copied = np.median(nearest(flat, judged.train)) / np.median(nearest(judged.test, judged.train))
    real, varied = _spreads(judged, sounds, flat, labels)
    progress(1.0, "done")
    return {
        "sounds_per_class": each,
        "class_accuracy_real": round(float((judged.predictions == judged.wanted).mean()), 3),
        "class_accuracy_generated": round(float((predictions == labels).mean()), 3),
        "class_accuracy_real_by_class": accuracy_by_class(
            judged.predictions, judged.wanted, classes
        ),
        "class_accuracy_generated_by_class": accuracy_by_class(predictions, labels, classes),
        "class_accuracy_generated_any_knobs": round(float((anywhere == labels).mean()), 3),
        "held_out_real": len(judged.wanted),
        "nearest_neighbour_ratio": round(float(copied), 3),
        "spread_generated_over_real": round(varied / real, 3) if real else None,
        "knob_spearman": obeyed,
        "p50_ms": round(p50, 1),
    }


def _spreads(
    judged: Judged, sounds: SoundSet, made: NDArray[np.float32], labels: NDArray[np.int64]
) -> tuple[float, float]:
    """Mean distance within classes: real training sounds, generated sounds."""
    real_labels = sounds.labels[~sounds.held_out]
    names = range(len(sounds.classes))
    real = float(np.mean([spread(judged.train[real_labels == index]) for index in names]))
    return real, float(np.mean([spread(made[labels == index]) for index in names]))
