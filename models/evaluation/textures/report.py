"""Figures of textures as Markdown and JSON, and spectrograms of source and texture side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from starling.models.dsp import stft
from starling.models.dsp.signal import Array
from starling.models.evaluation.textures.figures import Judged
from starling.models.plain import plain_label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LINES = (  # figure, head, digits
    ("mel_mean_db", "log-mel: mean, dB", 1),
    ("mel_spread_db", "log-mel: deviation over time, dB", 1),
    ("mel_motion_db", "log-mel: change in 10 ms, dB", 2),
    ("frechet", "Fréchet distance, timbre embedding", 2),
    ("flatness_db", "spectral flatness, dB", 2),
    ("modulation_db", "modulation spectrum, dB", 1),
    ("nearest_ratio", "nearest-neighbour ratio", 2),
    ("level_db", "level against the source, dB", 1),
    ("silent_share", "silent tenths of a second", 3),
)
NOTES = (
    "Distances to the source. Source: of its halves to each other, of alternating stretches of "
    "10 s, which a perfect imitation would reach / of the first half to the second. Level is made "
    "equal first.",
    "Log-mel: mean difference over 64 bands. Flatness: Wasserstein distance over spectra of 64 ms. "
    "Modulation: mean difference over 8 groups of bands and octaves from .5 to 32 Hz.",
    "Nearest-neighbour ratio: below about .5 seconds of the source are copied.",
)
SECONDS = 10.0  # shown
WINDOW, HOP = 1024, 128
LOWEST_HZ, HEIGHT, WIDTH = 40.0, 160, 600  # rows and columns are pixels
RANGE_DB = 70.0


@dataclass(frozen=True, slots=True)
class Row:
    """A texture that was judged: its name, both signals (frames,), their rate, its figures."""

    name: str
    real: Array
    made: Array
    sample_rate: int
    judged: Judged


def heads(rows: Sequence[Row]) -> tuple[str, ...]:
    """The table's columns: two a texture, its figures and its source's own."""
    return ("", *(head for row in rows for head in (row.name, f"{row.name}: source")))


def lines(rows: Sequence[Row]) -> list[tuple[str, ...]]:
    """The table's cells: a line a figure that any row has."""
    return [
        (head, *(cell for row in rows for cell in _cells(row.judged, name, digits)))
        for name, head, digits in LINES
        if any(name in row.judged.made for row in rows)
    ]


def _cells(judged: Judged, name: str, digits: int) -> tuple[str, str]:
    """A figure of a texture, and of its source's halves."""
    made, halves, ends = (
        f"{side[name]:.{digits}f}" if name in side else "-"
        for side in (judged.made, judged.halves, judged.ends)
    )
    return made, f"{halves} / {ends}" if name in judged.halves else "-"


def markdown(rows: Sequence[Row]) -> str:
    """The table and what it means."""
    columns = heads(rows)
    table = [columns, ("---",) * len(columns), *lines(rows)]
    text = "\n".join(f"| {' | '.join(cells)} |" for cells in table)
    return text + "\n\n" + "\n".join(NOTES) + "\n"


def to_json(rows: Sequence[Row]) -> dict[str, Any]:
    """All figures of all rows."""
    return {row.name: rounded(row.judged) for row in rows}


def rounded(judged: Judged) -> dict[str, dict[str, float]]:
    """Figures with four decimals."""
    return {
        side: {name: round(value, 4) for name, value in figures.items()}
        for side, figures in asdict(judged).items()
    }


def draw(path: Path, rows: Sequence[Row]) -> Path:
    """Write spectrograms as PNG: a line a texture, its source to the left; 70 dB of range."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 0.5 + 2.0 * len(rows)), layout="constrained")
    grid = figure.subplots(len(rows), 2, squeeze=False)
    for (left, right), row in zip(grid, rows, strict=True):
        real, made = (_typical(each, row.sample_rate) for each in (row.real, row.made))
        top = max(_show(left, real, row.sample_rate), _show(right, made, row.sample_rate))
        for axes in (left, right):
            axes.images[0].set_clim(top - RANGE_DB, top)
            axes.set(xticks=[], yticks=[])
        left.set_ylabel(plain_label(row.name))
    grid[0, 0].set_title(f"source, {SECONDS:g} s", loc="left")
    grid[0, 1].set_title("generated", loc="left")
    figure.savefig(path, dpi=80)
    return path


def _typical(signal: Array, sample_rate: int) -> Array:
    """The ten seconds of median energy, at an RMS of .1."""
    count = int(SECONDS * sample_rate)
    starts = range(0, max(1, len(signal) - count + 1), sample_rate)
    ranked = sorted(starts, key=lambda at: float(np.square(signal[at : at + count]).sum()))
    middle = ranked[len(ranked) // 2]
    shown = signal[middle : middle + count]
    return np.asarray(shown * np.float32(0.1 / np.sqrt(np.square(shown).mean())), np.float32)


def _show(axes: Axes, signal: Array, sample_rate: int) -> float:
    """A spectrogram on a logarithmic frequency axis; its highest level in dB."""
    spectra = stft.magnitude(signal, WINDOW, HOP)  # (bins, T)
    rows = np.geomspace(LOWEST_HZ, sample_rate / 2, HEIGHT) * (WINDOW / sample_rate)
    columns = np.linspace(0, spectra.shape[1] - 1, WIDTH)
    shown = spectra[np.ix_(rows.round().astype(int), columns.round().astype(int))]
    level = 20 * np.log10(shown + 1e-6)
    axes.imshow(level, cmap="magma", origin="lower", aspect="auto")
    return float(level.max())
