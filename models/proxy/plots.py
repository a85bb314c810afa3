"""The evaluation's pictures: MRR as bars, and a map of presets beside their sounds."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from starling.models.plain import plain_label
from starling.models.proxy.encoder import Proxy
from starling.models.proxy.evaluate import ProxyRow, RankingPool, title

Array = NDArray[np.float32]
Flatten = Callable[[Array], tuple[Array, str]]  # (n, m) to (n, 2), and what made it
SHOWN = 800  # presets in a map; more hide each other
JOINED = 60  # pairs joined by a line


def bars(rows: Sequence[ProxyRow], path: Path) -> Path:
    """MRR of every row by pool, with its bootstrap interval. Writes a PNG."""
    from matplotlib.figure import Figure

    names = list(dict.fromkeys(row.name for row in rows))
    pools = list(dict.fromkeys(row.pool for row in rows))
    figure = Figure(figsize=(2 + 0.9 * len(names) * len(pools) ** 0.5, 4.5), layout="constrained")
    axes = figure.subplots()
    width = 0.8 / len(pools)
    for at, pool in enumerate(pools):
        held = [[r for r in rows if (r.pool, r.name) == (pool, name)] for name in names]
        means = [float(np.mean([r.figures["mrr"] for r in group] or [0.0])) for group in held]
        edges = np.array([_edges(group, mean) for group, mean in zip(held, means, strict=True)]).T
        places = np.arange(len(names)) + (at - (len(pools) - 1) / 2) * width
        axes.bar(places, means, width, yerr=edges, capsize=2, label=plain_label(pool))
    axes.set_xticks(np.arange(len(names)), [*map(plain_label, names)], rotation=30, ha="right")
    axes.set(ylabel="MRR, preset to audio", ylim=(0, 1.02))
    axes.legend()
    figure.savefig(path, dpi=120)
    return path


def _edges(group: Sequence[ProxyRow], mean: float) -> tuple[float, float]:
    """How far the interval reaches below and above the mean."""
    low = [row.figures.get("mrr_low", mean) for row in group] or [mean]
    high = [row.figures.get("mrr_high", mean) for row in group] or [mean]
    return max(0.0, mean - float(np.mean(low))), max(0.0, float(np.mean(high)) - mean)


def plane(points: Array, seed: int = 0) -> tuple[Array, str]:
    """Points (n, m) on a plane and what made it: UMAP where umap-learn is installed, else PCA."""
    if not find_spec("umap"):
        made, method = pca(points)
        return made, f"{method} (umap-learn is not installed)"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it names packages that it could use, and its threads
        from umap import UMAP

        made = UMAP(random_state=seed, n_jobs=1).fit_transform(points)
    return np.asarray(made, np.float32), "UMAP"


def pca(points: Array) -> tuple[Array, str]:
    """Points on the plane of their two main axes."""
    centred = points - points.mean(axis=0)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    return np.asarray(centred @ axes[:2].T, np.float32), "PCA"


def scatter(proxy: Proxy, pool: RankingPool, path: Path, flatten: Flatten = plane) -> Path:
    """Predicted presets and sounds in one map, some pairs joined. Writes a PNG."""
    from matplotlib.figure import Figure

    chosen = np.random.default_rng(0).permutation(len(pool.data))[:SHOWN]
    data = pool.data.rows(np.sort(chosen))
    predicted = proxy.predict(data.values, data.notes[0])
    both, method = flatten(np.concatenate([predicted, proxy.target(data.vectors[:, 0])]))
    presets, sounds = both[: len(data)], both[len(data) :]
    figure = Figure(figsize=(7, 6), layout="constrained")
    axes = figure.subplots()
    axes.scatter(sounds[:, 0], sounds[:, 1], s=7, alpha=0.6, label="audio")
    axes.scatter(presets[:, 0], presets[:, 1], s=7, alpha=0.6, label="presets, predicted")
    for a, b in zip(presets[:JOINED], sounds[:JOINED], strict=True):
        axes.plot(*zip(a, b, strict=True), color="grey", linewidth=0.5)
    axes.set(title=plain_label(f"{title(proxy)}, {pool.name}: {method}"), xticks=[], yticks=[])
    axes.legend()
    figure.savefig(path, dpi=120)
    return path


def draw(
    folder: Path,
    rows: Sequence[ProxyRow],
    proxies: Sequence[Proxy],
    pools: Sequence[RankingPool],
    flatten: Flatten = plane,
) -> list[Path]:
    """All pictures into `folder`: the bars, and a map of the first model for each pool."""
    folder.mkdir(parents=True, exist_ok=True)
    maps = [
        scatter(proxies[0], pool, folder / f"map-{number}.png", flatten)
        for number, pool in enumerate(pools, start=1)
    ]
    return [bars(rows, folder / "mrr.png"), *maps]
