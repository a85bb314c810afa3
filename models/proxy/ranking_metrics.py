"""Figures of a ranking: how well predicted embeddings find their own sounds, and the way back.

`predicted` and `target` are (n, m), row i of one belonging to row i of the other. All ranks are
0-based, by L1 distance as published (JAES 73(9), 561-577, 2025).
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

Array = NDArray[np.float32]
Ranks = NDArray[np.int64]
TOP = (1, 2, 3, 4, 5)  # k of the published top-k MRR
RECALL = (1, 5, 10)
ROUNDS = 1000  # bootstrap resamples
ASCENT = 200  # gradient steps of the modality classifier: converged


def ranks(queries: Array, gallery: Array, own: NDArray[np.int64] | None = None) -> Ranks:
    """For each query the number of gallery rows nearer than its own; ties count half, as chance.

    `own` says which gallery row is a query's own; the row of the same number if not given.
    """
    distance = torch.cdist(torch.from_numpy(queries), torch.from_numpy(gallery), p=1.0).numpy()
    places = np.arange(len(queries)) if own is None else own
    mine = distance[np.arange(len(queries)), places][:, None]
    nearer = (distance < mine).sum(axis=1)
    equal = (distance == mine).sum(axis=1) - 1
    return np.asarray(nearer + equal // 2, np.int64)


def mrr(found: Ranks) -> float:
    """Mean of 1 / (rank + 1)."""
    return float((1.0 / (found + 1)).mean())


def top_mrr(found: Ranks, k: int) -> float:
    """As MRR, but nothing for a rank beyond the first k (published; it is not recall)."""
    return float(np.where(found < k, 1.0 / (found + 1), 0.0).mean())


def recall(found: Ranks, k: int) -> float:
    """Share of queries that find their own among the first k."""
    return float((found < k).mean())


def chance_mrr(count: int) -> float:
    """MRR of random ranks among `count`: the harmonic number over the count."""
    return float((1.0 / np.arange(1, count + 1)).sum() / count)


def bootstrap(found: Ranks, seed: int = 0) -> tuple[float, float]:
    """95 % interval of the MRR over resampled queries."""
    rows = np.random.default_rng(seed).integers(len(found), size=(ROUNDS, len(found)))
    low, high = np.quantile((1.0 / (found + 1))[rows].mean(axis=1), (0.025, 0.975))
    return float(low), float(high)


def centroid_gap(predicted: Array, target: Array) -> float:
    """Distance of the centroids of L2-normalised predictions and sounds; 0: no modality gap."""
    sides = [side / np.linalg.norm(side, axis=1, keepdims=True) for side in (predicted, target)]
    return float(np.linalg.norm(sides[0].mean(axis=0) - sides[1].mean(axis=0)))


def modality_accuracy(predicted: Array, target: Array, seed: int = 0) -> float:
    """Accuracy of a classifier two-sample test (C2ST), logistic, 80/20; 0.5: no modality gap."""
    rows = np.concatenate([predicted, target])
    rows = (rows - rows.mean(axis=0)) / (rows.std(axis=0) + 1e-6)
    labels = np.repeat([1.0, 0.0], len(predicted))
    pairs = np.random.default_rng(seed).permutation(len(predicted))  # both of a pair on one side
    held = np.zeros(len(predicted), bool)
    held[pairs[: max(1, len(pairs) // 5)]] = True
    held = np.tile(held, 2)
    x, y = (torch.from_numpy(part[~held].astype(np.float32)) for part in (rows, labels))
    weight = torch.zeros(x.shape[1] + 1, requires_grad=True)
    optimizer = torch.optim.Adam([weight], 0.05)
    for _ in range(ASCENT):
        loss = torch.nn.functional.binary_cross_entropy_with_logits(x @ weight[1:] + weight[0], y)
        optimizer.zero_grad()
        (loss + 1e-3 * weight.square().sum()).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    given = rows[held] @ weight[1:].detach().numpy() + weight[0].item() > 0
    return float((given == labels[held].astype(bool)).mean())
