"""The tables of a comparison, for terminals and as Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from starling.models.composer.comparison.continuations import Compared
from starling.models.composer.comparison.likelihood import LAKHNES, Named
from starling.models.composer.songs import VOICES
from starling.models.composer.statistics import SCALARS

Row = list[str]
COLUMNS = {  # of the table of nats: figure and head
    "nats_per_frame": "nats per frame",
    "nats_per_second": "per second",
    "nats_per_event": "per event",
    LAKHNES: "LakhNES perplexity",
    "nats_per_frame_wait": "wait",
    **{f"nats_per_frame_{voice}": voice for voice in VOICES},
}
HEADS = ("model", *COLUMNS.values())
STATISTICS = ("", *(name.replace("_", " ") for name in SCALARS))
DISTANCES = ("", "pitch classes", *STATISTICS[1:], "all")
NEARER = ("", "than", "by", "95 % interval", "of the songs")


def nats(found: Mapping[str, Named]) -> list[Row]:
    """A row for each model that has any of the figures; - where it has no such one."""
    return [
        [name, *(f"{figures[each]:.3f}" if each in figures else "-" for each in COLUMNS)]
        for name, figures in found.items()
        if figures.keys() & COLUMNS.keys()
    ]


def others(found: Mapping[str, Named]) -> list[str]:
    """A sentence for each model that has no nats of all voices: the figures that it has."""
    rest = {name: each for name, each in found.items() if "nats_per_frame" not in each}
    return [
        f"{name}: " + ", ".join(f"{key.replace('_', ' ')} {each[key]:.4f}" for key in each)
        for name, each in rest.items()
    ]


def means(compared: Compared) -> list[Row]:
    """The mean statistics of the songs and of each model's continuations."""
    return [
        [name, *(f"{getattr(each, scalar):.3f}" for scalar in SCALARS)]
        for name, each in compared.means.items()
    ]


def distances(compared: Compared) -> list[Row]:
    """How far the continuations are from the real ones: as sets, and each from its own song."""
    rows = []
    for name, every in compared.distances.items():
        sets, pairs = compared.sets[name], compared.pairs[name]
        rows.append([f"{name}, sets", *(f"{value:.3f}" for value in sets.values()), "-"])
        mean = f"{every.mean():.3f}"
        rows.append([f"{name}, pairs", *(f"{value:.3f}" for value in pairs.values()), mean])
    return rows


def nearer(compared: Compared) -> list[Row]:
    """How much nearer the first model is to the real songs than each other one."""
    first, *rest = compared.distances
    rows = []
    for other in rest:
        found = compared.nearer(first, other)
        gain = found.difference
        interval = f"{gain.low:+.3f} to {gain.high:+.3f}"
        rows.append([first, other, f"{gain.mean:+.3f}", interval, f"{found.share:.0%}"])
    return rows


def markdown(heads: Sequence[str], rows: Sequence[Row]) -> str:
    """A table as Markdown.

    >>> print(markdown(("model", "nats"), [["counts", "1.8"]]))
    | model | nats |
    |---|---|
    | counts | 1.8 |
    """
    lines = [list(heads), ["---"] * len(heads), *rows]
    shown = [f"| {' | '.join(line)} |" for line in lines]
    shown[1] = f"|{'|'.join(lines[1])}|"
    return "\n".join(shown)
