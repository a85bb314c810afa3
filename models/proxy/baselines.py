"""Baselines of preset encoders: the nearest training preset by its knobs, and a linear model."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray

from starling.models.proxy.parameter_space import Space

Array = NDArray[np.float32]
# space, training values (n, P), their vectors (n, m), requested values (k, P) -> vectors (k, m)
Predict = Callable[[Space, Array, Array, Array], Array]
BLOCK = 256  # requested presets compared at once
RIDGE = 1e-3  # of the mean square of a feature, per training preset


def nearest(space: Space, values: Array, vectors: Array, requested: Array) -> Array:
    """The vector of the training preset whose parameters differ least, summed over parameters."""
    known = torch.from_numpy(space.distances(values))
    queries = torch.from_numpy(space.distances(requested))
    places = [torch.cdist(part, known, p=1.0).argmin(1) for part in torch.split(queries, BLOCK)]
    return np.asarray(vectors[torch.cat(places).numpy()])


def linear(space: Space, values: Array, vectors: Array, requested: Array) -> Array:
    """Ridge regression on scaled numbers and one-hot categories."""
    known, queries = (space.distances(part).astype(np.float64) for part in (values, requested))
    mean, offset = known.mean(axis=0), vectors.mean(axis=0)
    known, queries = known - mean, queries - mean  # (n, F), (k, F)
    square = known.T @ known  # (F, F)
    penalty = RIDGE * np.trace(square) / len(square) * np.eye(len(square))
    weights = np.linalg.solve(square + penalty, known.T @ (vectors - offset))
    return np.asarray(queries @ weights + offset, np.float32)


BASELINES: dict[str, Predict] = {"nearest parameters": nearest, "linear": linear}
