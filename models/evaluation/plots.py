"""The evaluation's pictures: distances as bars, histograms of attributes, a map, the sheet."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from starling.models.dsp import descriptors
from starling.models.evaluation import metrics
from starling.models.evaluation.evaluate import ALL, Evaluation, EvaluationRow
from starling.models.evaluation.features import Features
from starling.models.evaluation.spectrogram_sheet import Shown, draw_sheet
from starling.models.plain import plain_label
from starling.models.proxy.plots import Flatten, plane

BINS = 24
SHOWN = 400  # sounds of a set in the map; more hide each other


def bars(rows: Sequence[EvaluationRow], path: Path) -> Path:
    """Fréchet and kernel distance of every row; the low-passed ones beside. Writes a PNG."""
    from matplotlib.figure import Figure

    held = [row for row in rows if row.figures.get("frechet") is not None]
    figure = Figure(figsize=(4 + 1.2 * len(held), 4), layout="constrained")
    panels = figure.subplots(1, 2)
    for axes, name, text in zip(panels, ("frechet", "kernel"), ("FD-timbre", "KID"), strict=True):
        sides = [
            (word, [float(row.figures.get(f"{name}{part}") or 0.0) for row in held])
            for part, word in (("", "whole band"), ("_low", "low-passed"))
        ]
        sides = [side for side in sides if any(side[1])]
        for at, (word, values) in enumerate(sides):
            width = 0.8 / len(sides)
            axes.bar(np.arange(len(held)) + at * width, values, width, label=plain_label(word))
        axes.set_xticks(np.arange(len(held)), [row.name for row in held], rotation=30, ha="right")
        axes.set(ylabel=f"{text}: lower is nearer")
    if len(sides) > 1:
        panels[0].legend()
    figure.savefig(path, dpi=120)
    return path


def _attributes(features: Features) -> tuple[NDArray[np.float64], ...]:
    """Centroid in kHz, decay in seconds, F0 in Hz, each as log2."""
    bright, decay = (descriptors.NAMES.index(name) for name in ("brightness", "decay"))
    return (
        np.asarray(features.measures[:, bright], np.float64),
        metrics.doublings(features, decay),
        metrics.octaves(features),
    )


ATTRIBUTES = ("centroid, octaves above 1 kHz", "decay, log2 of seconds", "F0, log2 of hertz")


def histograms(rows: Sequence[EvaluationRow], path: Path) -> Path:
    """How centroid, decay and F0 are spread in each set. Writes a PNG."""
    from matplotlib.figure import Figure

    sets = [(row.name, _attributes(row.features)) for row in rows if row.features is not None]
    figure = Figure(figsize=(13, 4), layout="constrained")
    for at, (axes, text) in enumerate(zip(figure.subplots(1, 3), ATTRIBUTES, strict=True)):
        values = [each[at] for _, each in sets]
        known = [each for each in values if len(each)]
        if known:
            edges = np.histogram_bin_edges(np.concatenate(known), BINS)
            for (name, _), found in zip(sets, values, strict=True):
                share = np.histogram(found, edges)[0] / max(1, len(found))
                axes.stairs(share, edges, label=plain_label(name), linewidth=1.5)
        axes.set(xlabel=text, ylabel="share of the sounds" if not at else "")
    figure.axes[0].legend()
    figure.savefig(path, dpi=120)
    return path


def scatter(rows: Sequence[EvaluationRow], path: Path, flatten: Flatten = plane) -> Path:
    """Recordings and generated sounds in one map of the embedding. Writes a PNG."""
    from matplotlib.figure import Figure

    random = np.random.default_rng(0)
    sets = [
        (row.name, row.features.vectors[np.sort(random.permutation(len(row.features))[:SHOWN])])
        for row in rows
        if row.features is not None
    ]
    points, method = flatten(np.concatenate([vectors for _, vectors in sets]))
    figure = Figure(figsize=(8, 7), layout="constrained")
    axes = figure.subplots()
    start = 0
    for name, vectors in sets:
        part = points[start : start + len(vectors)]
        start += len(vectors)
        axes.scatter(part[:, 0], part[:, 1], s=9, alpha=0.6, label=plain_label(name))
    axes.set(title=f"timbre embedding: {method}", xticks=[], yticks=[])
    axes.legend()
    figure.savefig(path, dpi=120)
    return path


def sheet(found: Evaluation, path: Path) -> Path:
    """The spectrogram sheet: recordings, then each model."""
    sets: list[tuple[str, Shown]] = [("recorded", found.real.shown())]
    sets += [(row.name, row.shown) for row in found.rows if row.is_model and row.shown]
    return draw_sheet(path, found.real.sounds.classes, sets)


def draw(folder: Path, found: Evaluation, flatten: Flatten = plane) -> list[Path]:
    """All pictures into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    features = [row for row in found.rows if row.is_model or row.name == ALL]
    return [
        sheet(found, folder / "sheet.png"),
        bars(found.rows, folder / "distances.png"),
        histograms(features, folder / "attributes.png"),
        scatter(features, folder / "map.png", flatten),
    ]
