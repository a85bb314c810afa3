"""Class accuracy and inception score, by an ensemble of classifiers trained on recordings only.

One classifier's seed moves its accuracy by some percent, so every figure is the mean over an
ensemble of different seeds. Models without classes get the inception score (Salimans et al., arXiv
1606.03498) of its probabilities: 1 is worst, the number of classes best.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from starling.models.evaluation import classifier
from starling.models.evaluation.features import Features

CLASSIFIERS = 3
MIN_RECORDINGS = 40  # of a class, below which its accuracy is left out of the headline figure
Labels = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ClassifierEnsemble:
    """Classifiers of different seeds, and the `large` classes: those that the headline counts."""

    networks: tuple[classifier.SoundClassifier, ...]
    classes: tuple[str, ...]
    large: tuple[int, ...]


def train_ensemble(
    real: Features,
    train: NDArray[np.bool_],
    classes: tuple[str, ...],
    *,
    count: int = CLASSIFIERS,
    progress: Callable[[float], None] = lambda fraction: None,
) -> ClassifierEnsemble | None:
    """Train `count` classifiers on the training recordings; None where there is one class only."""
    if len(classes) < 2:
        return None
    spectrograms = torch.from_numpy(real.spectrograms[train])
    sizes = np.bincount(real.labels, minlength=len(classes))
    trained = []
    for seed in range(count):
        trained.append(
            classifier.train_classifier(spectrograms, real.labels[train], len(classes), seed=seed)
        )
        progress((seed + 1) / count)
    return ClassifierEnsemble(
        tuple(trained), classes, tuple(map(int, np.flatnonzero(sizes >= MIN_RECORDINGS)))
    )


def class_probabilities(ensemble: ClassifierEnsemble, features: Features) -> NDArray[np.float64]:
    """Class probabilities (networks, n, classes)."""
    spectrograms = torch.from_numpy(features.spectrograms)
    with torch.no_grad():
        scores = [
            torch.softmax(network(spectrograms), dim=1).numpy() for network in ensemble.networks
        ]
    return np.asarray(np.stack(scores), np.float64)


def accuracy(found: NDArray[np.float64], labels: Labels, counted: tuple[int, ...]) -> float | None:
    """Share of right answers among the sounds of the counted classes, mean over classifiers."""
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


def figures(
    ensemble: ClassifierEnsemble | None, features: Features
) -> dict[str, float | dict[str, float] | None]:
    """Accuracy over the classes with enough recordings, over all, by class; inception score."""
    if ensemble is None:
        return {}
    found = class_probabilities(ensemble, features)
    score = {"inception_score": inception_score(found)}
    if (features.labels < 0).any():
        return {**score}
    everything = tuple(range(len(ensemble.classes)))
    return {
        "class_accuracy": accuracy(found, features.labels, ensemble.large),
        "class_accuracy_all": accuracy(found, features.labels, everything),
        "class_accuracy_by_class": by_class(found, features.labels, ensemble.classes),
        **score,
    }
