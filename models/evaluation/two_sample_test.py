"""Classifier two-sample tests (C2ST, Lopez-Paz & Oquab, arXiv 1610.06545): real or generated?

Accuracy .5 is ideal, 1 says that the sets differ. A cross-validated logistic regression on vectors,
and a small convolutional network on log-mel spectrograms.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.stats import rankdata

Rows = NDArray[np.floating[Any]]

FOLDS = 5
L2_PENALTY = 1.0  # of squared weights on standardised columns: scikit-learn's usual C = 1
MAX_SPECTROGRAMS = 200  # of each set: ten seconds of training
TRAIN_SHARE = 0.7  # of them, the rest tests


@dataclass(frozen=True, slots=True)
class C2STResult:
    """Area under the ROC curve; balanced accuracy: both sets count alike, whatever their sizes."""

    auc: float
    accuracy: float


def c2st_logistic(real: Rows, made: Rows, *, seed: int = 0) -> C2STResult:
    """Five-fold logistic regression on vectors (n, d) and (m, d); needs five rows a side."""
    rows = np.concatenate([real, made]).astype(np.float64)
    labels = np.repeat([0.0, 1.0], [len(real), len(made)])
    random = np.random.default_rng(seed)
    folds = np.concatenate([_folds(len(real), random), _folds(len(made), random)])
    scores = np.zeros(len(rows))
    for fold in range(FOLDS):
        held = folds == fold
        centre, scale = rows[~held].mean(axis=0), rows[~held].std(axis=0) + 1e-9
        weight = _logistic((rows[~held] - centre) / scale, labels[~held])
        scores[held] = (rows[held] - centre) / scale @ weight[1:] + weight[0]
    return C2STResult(_auc(scores, labels), _balanced(scores > 0, labels))


def _folds(count: int, random: np.random.Generator) -> NDArray[np.int64]:
    """The fold of each row, of equal sizes."""
    return np.asarray(random.permutation(count) % FOLDS, np.int64)


def _logistic(rows: NDArray[np.float64], labels: NDArray[np.float64]) -> NDArray[np.float64]:
    """Intercept and weights (1 + d,); both sides weigh alike."""
    share = labels.mean()
    weight = np.where(labels > 0, 0.5 / share, 0.5 / (1 - share))

    def loss(w: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        score = rows @ w[1:] + w[0]
        value = weight @ (np.logaddexp(0.0, score) - labels * score)
        slope = weight * (1 / (1 + np.exp(-np.clip(score, -500, 500))) - labels)
        gradient = np.concatenate([[slope.sum()], rows.T @ slope + L2_PENALTY * w[1:]])
        return float(value + 0.5 * L2_PENALTY * w[1:] @ w[1:]), gradient

    found = minimize(loss, np.zeros(rows.shape[1] + 1), jac=True, method="L-BFGS-B")
    return np.asarray(found.x)


def _auc(scores: NDArray[np.float64], labels: NDArray[np.float64]) -> float:
    """Chance that a made row scores above a real one, ties counting half (Mann & Whitney)."""
    positive = labels > 0
    made, real = int(positive.sum()), int((~positive).sum())
    above = rankdata(scores)[positive].sum() - made * (made + 1) / 2
    return float(above / (made * real))


def _balanced(guess: NDArray[np.bool_], labels: NDArray[np.float64]) -> float:
    """Mean of the shares of either side that are classified rightly."""
    made = labels > 0
    return float((guess[made].mean() + (~guess[~made]).mean()) / 2)


def c2st_network(real: Rows, made: Rows, *, seed: int = 0) -> float:
    """Accuracy of a fresh SoundClassifier on rows (n, 1, bands, steps) held out of its training."""
    import torch

    from starling.models.evaluation import classifier

    random = np.random.default_rng(seed)
    count = min(MAX_SPECTROGRAMS, len(real), len(made))
    chosen = [side[random.permutation(len(side))[:count]] for side in (real, made)]
    rows = torch.from_numpy(np.concatenate(chosen).astype(np.float32))
    labels = np.repeat(np.arange(2), count)
    train = np.tile(random.permutation(count) < TRAIN_SHARE * count, 2)
    network = classifier.train_classifier(rows[train], labels[train], 2, seed=seed)
    found, _ = classifier.classify(network, rows[~train])
    return float((found == labels[~train]).mean())
