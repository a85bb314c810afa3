"""Is a generated sound what it should be? Judges trained on real recordings only, several at once.

One judge's luck is worth some percent, so every figure is the mean over judges of different seeds.
The score of models without classes is the inception score (Salimans et al., arXiv 1606.03498) on
the judges' probabilities: 1 is worst, the number of classes best.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from starling.models.evaluation import classifier
from starling.models.evaluation.features import Heard

JUDGES = 3
ENOUGH = 40  # recordings of a class from which on its accuracy counts for the bar
Labels = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Bench:
    """Judges, and which classes have enough recordings to be counted."""

    judges: tuple[classifier.Judge, ...]
    classes: tuple[str, ...]
    large: tuple[int, ...]


def train_bench(
    real: Heard,
    train: NDArray[np.bool_],
    classes: tuple[str, ...],
    *,
    judges: int = JUDGES,
    progress: Callable[[float], None] = lambda fraction: None,
) -> Bench | None:
    """Train judges on the training recordings; None where there is one class only."""
    if len(classes) < 2:
        return None
    spectrograms = torch.from_numpy(real.spectrograms[train])
    sizes = np.bincount(real.labels, minlength=len(classes))
    trained = []
    for seed in range(judges):
        trained.append(
            classifier.train_judge(spectrograms, real.labels[train], len(classes), seed=seed)
        )
        progress((seed + 1) / judges)
    return Bench(tuple(trained), classes, tuple(map(int, np.flatnonzero(sizes >= ENOUGH))))


def opinions(bench: Bench, heard: Heard) -> NDArray[np.float64]:
    """Class probabilities (judges, n, classes)."""
    spectrograms = torch.from_numpy(heard.spectrograms)
    with torch.no_grad():
        scores = [torch.softmax(judge(spectrograms), dim=1).numpy() for judge in bench.judges]
    return np.asarray(np.stack(scores), np.float64)


def accuracy(found: NDArray[np.float64], labels: Labels, counted: tuple[int, ...]) -> float | None:
    """Share of right answers among the sounds of the counted classes, mean over judges."""
    chosen = np.isin(labels, counted)
    if not chosen.any():
        return None
    return float((found.argmax(axis=2)[:, chosen] == labels[chosen]).mean())


def by_class(
    found: NDArray[np.float64], labels: Labels, classes: tuple[str, ...]
) -> dict[str, float]:
    """The accuracy in each class that occurs."""
    each = {name: accuracy(found, labels, (at,)) for at, name in enumerate(classes)}
    return {name: round(value, 3) for name, value in each.items() if value is not None}


def inception_score(found: NDArray[np.float64]) -> float:
    """How sure and how varied the answers are: 1 is worst, the number of classes best."""
    mean = found.mean(axis=1, keepdims=True)
    logs = np.log(np.maximum(found, 1e-12)) - np.log(np.maximum(mean, 1e-12))
    divergence = (found * logs).sum(axis=2).mean(axis=1)
    return float(np.exp(divergence).mean())


def figures(bench: Bench | None, heard: Heard) -> dict[str, float | dict[str, float] | None]:
    """Accuracy over the classes with enough recordings, over all, by class; inception score."""
    if bench is None:
        return {}
    found = opinions(bench, heard)
    score = {"inception_score": inception_score(found)}
    if (heard.labels < 0).any():
        return {**score}
    everything = tuple(range(len(bench.classes)))
    return {
        "class_accuracy": accuracy(found, heard.labels, bench.large),
        "class_accuracy_all": accuracy(found, heard.labels, everything),
        "class_accuracy_by_class": by_class(found, heard.labels, bench.classes),
        **score,
    }
