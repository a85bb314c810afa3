"""Measure preset encoders: the published protocol, and retrieval in the direction of a user.

Published (JAES 73(9), 561-577, 2025): among at most 4096 presets, each predicted embedding ranks
all sounds by L1. The user's: a sound ranks all predicted presets. Every figure stands beside
chance, the nearest training preset in parameter space, a linear model, and the oracle: the sound
of the same preset at the renders' second note.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from starling.models.datasets.rendered_presets import RenderedSet
from starling.models.errors import InputError
from starling.models.proxy import baselines, ranking_metrics
from starling.models.proxy.data import REAL, ProxyData, distinct
from starling.models.proxy.encoder import OURS, Proxy
from starling.models.proxy.published_networks import TITLES

Array = NDArray[np.float32]
GALLERY = 4096
ROUNDS = 100  # random subsets of a pool larger than GALLERY
FIRST_SEED = 42  # published: 42..141
MAX_PRESETS = 16_384  # of a pool: four galleries; each pair is compared
MIN_PRESETS = 10  # of a pool


@dataclass(frozen=True, slots=True)
class RankingPool:
    """Presets to rank: those of one dataset that are real, or those that are not."""

    name: str
    data: ProxyData
    duplicates: int  # left out: they sound as one that is in

    @property
    def second(self) -> bool:
        """Whether there is another note for the oracle."""
        return len(self.data.notes) > 1


@dataclass(frozen=True, slots=True)
class ProxyRow:
    """One line of the table: an encoder or a baseline, and its figures in one pool."""

    pool: str
    name: str
    seed: int  # of training; -1 where nothing was trained
    figures: dict[str, float]


def ranking_pools(folder: Path, data: ProxyData) -> list[RankingPool]:
    """The real and the synthetic presets of a dataset, each without near-duplicates.

    Raises InputError where neither has enough presets.
    """
    found = []
    mel = RenderedSet.open(folder).log_mel
    for name, chosen in (("real", data.kind == REAL), ("synthetic", data.kind != REAL)):
        places = np.flatnonzero(chosen)
        if len(places) < MIN_PRESETS:
            continue
        if len(places) > MAX_PRESETS:
            places = places[
                np.sort(np.random.default_rng(0).permutation(len(places))[:MAX_PRESETS])
            ]
        kept = places[distinct(np.asarray(mel[places, 0], np.float32))]
        found.append(RankingPool(f"{data.name}: {name}", data.rows(kept), len(places) - len(kept)))
    if not found:
        raise InputError(f"{folder} has fewer than {MIN_PRESETS} presets to rank", code="bad_data")
    return found


def figures(predicted: Array, target: Array) -> dict[str, float]:
    """All figures of one ranking: predictions (n, m) and the sounds' vectors (n, m)."""
    there = [ranking_metrics.ranks(predicted[s], target[s]) for s in _subsets(len(target))]
    back = [ranking_metrics.ranks(target[s], predicted[s]) for s in _subsets(len(target))]
    each = [ranking_metrics.mrr(found) for found in there]
    low, high = ranking_metrics.bootstrap(there[0])
    size = len(there[0])
    return {
        "presets": len(target),
        "gallery": size,
        "mrr": float(np.mean(each)),
        "mrr_std": float(np.std(each)),
        "mrr_low": low,
        "mrr_high": high,
        "l1": float(np.abs(predicted - target).mean()),
        **{
            f"top{k}": _mean(ranking_metrics.top_mrr(found, k) for found in there)
            for k in ranking_metrics.TOP
        },
        "back_mrr": _mean(ranking_metrics.mrr(found) for found in back),
        **{
            f"back_r{k}": _mean(ranking_metrics.recall(found, k) for found in back)
            for k in ranking_metrics.RECALL
        },
        "back_rank": _mean(found.mean() / (size - 1) for found in back),
        "gap": ranking_metrics.centroid_gap(predicted, target),
        "told_apart": ranking_metrics.modality_accuracy(predicted, target),
    }


def _subsets(count: int) -> list[NDArray[np.int64]]:
    """The published resampling of a large pool; a small one is taken whole, once."""
    if count <= GALLERY:
        return [np.arange(count)]
    seeds = range(FIRST_SEED, FIRST_SEED + ROUNDS)
    return [np.random.default_rng(s).choice(count, GALLERY, replace=False) for s in seeds]


def _mean(values: Any) -> float:
    return float(np.mean(list(values)))


def chance(count: int) -> dict[str, float]:
    """What random ranks would give."""
    size = min(count, GALLERY)
    recalls = {f"back_r{k}": min(1.0, k / size) for k in ranking_metrics.RECALL}
    tops = {
        f"top{k}": sum(1 / rank for rank in range(1, k + 1)) / size for k in ranking_metrics.TOP
    }
    expected = ranking_metrics.chance_mrr(size)
    whole = {"presets": count, "gallery": size, "mrr": expected, "back_mrr": expected}
    return {**whole, **tops, **recalls, "back_rank": 0.5, "told_apart": 0.5}


def title(proxy: Proxy) -> str:
    """An encoder's name in a table."""
    return "ours" if proxy.encoder == OURS else TITLES[proxy.encoder]


def evaluate(
    proxies: Sequence[Proxy],
    tested: Sequence[RankingPool],
    trained: ProxyData | None,
    *,
    progress: Callable[[float, str], None] = lambda fraction, text: None,
) -> list[ProxyRow]:
    """Every row of the table. `trained` is what the baselines learn from; None leaves them out.

    Raises InputError where schema, embedder or first note differ between models and data.
    """
    rows: list[ProxyRow] = []
    total = len(tested) * (len(proxies) + 4)
    for pool in tested:
        for proxy in proxies:
            _fits(proxy, pool.data)
        work = [*_of_models(proxies, pool), *_of_baselines(proxies[0], pool, trained)]
        for name, seed, measure in work:
            progress(len(rows) / total, f"{pool.name}: {name}")
            rows.append(ProxyRow(pool.name, name, seed, measure()))
    progress(1.0, "done")
    return rows


Work = tuple[str, int, Callable[[], dict[str, float]]]


def _of_models(proxies: Sequence[Proxy], pool: RankingPool) -> list[Work]:
    """One piece of work a model."""

    def measure(proxy: Proxy) -> dict[str, float]:
        wanted = proxy.target(pool.data.vectors[:, 0])
        return figures(proxy.predict(pool.data.values, pool.data.notes[0]), wanted)

    def seed(proxy: Proxy) -> int:
        return int(proxy.card.get("training", {}).get("seed", 0))

    return [(title(p), seed(p), lambda p=p: measure(p)) for p in proxies]  # type: ignore[misc]


def _of_baselines(proxy: Proxy, pool: RankingPool, trained: ProxyData | None) -> list[Work]:
    """Chance, neighbour, linear and oracle, in the first model's space."""
    wanted = proxy.target(pool.data.vectors[:, 0])
    work: list[Work] = [("chance", -1, lambda: chance(len(wanted)))]
    if trained is not None:
        known = proxy.target(trained.vectors[:, 0])
        for name, predict in baselines.BASELINES.items():

            def measure(predict: baselines.Predict = predict) -> dict[str, float]:
                given = predict(trained.space, trained.values, known, pool.data.values)
                return figures(given, wanted)

            work.append((name, -1, measure))
    if pool.second:
        again = proxy.target(pool.data.vectors[:, 1])
        work.append(("oracle: second note", -1, lambda: figures(again, wanted)))
    return work


def _fits(proxy: Proxy, data: ProxyData) -> None:
    """Raise InputError where a model cannot be evaluated on these data."""
    proxy.space.require(data.space, data.name)
    if proxy.embedding != data.embedding:
        raise InputError(
            f"the model predicts the embedder {proxy.embedding}; the data are of {data.embedding}"
        )
    if not np.allclose(proxy.notes[0], data.notes[0]):
        raise InputError(
            f"the model was trained on the note {list(proxy.notes[0])}; "
            f"{data.name} was rendered with {list(data.notes[0])}"
        )


def to_json(rows: Sequence[ProxyRow]) -> list[dict[str, Any]]:
    """Rows as plain values."""
    return [asdict(row) for row in rows]
