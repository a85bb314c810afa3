"""The demo's picture: two renders as waveform and spectrogram, the query, and what it found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from numpy.typing import NDArray
from scipy import signal

from starling.models.datasets import general_midi
from starling.models.plain import plain_label

matplotlib.use("Agg")  # no screen is needed

from matplotlib import pyplot

INK, FAINT, PAPER, PANEL = "#f2f0ea", "#8f96a8", "#11141b", "#181d27"
GENERATED, FOUND, QUERIED = "#5ad1c0", "#f5b461", "#c39bf2"
LANES = ("Kick", "Snare", "Rim", "Closed hat", "Open hat", "Tom", "Cymbal")  # from the bottom
WINDOW = 2048  # frames of the spectrogram
LOWEST_HZ, HIGHEST_HZ, ROWS = 40.0, 16_000.0, 240
FLOOR_DB = -75.0
Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Panel:
    """One sound to show: (channels, frames), what it is called and how it came to be."""

    audio: Array
    sample_rate: int
    title: str
    text: str
    colour: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One search result: `score` 0..1."""

    name: str
    text: str
    score: float


def draw(
    path: Path,
    generated: Panel,
    hits: Sequence[tuple[float, int]],
    query: Panel,
    found: Panel,
    bars: Sequence[Bar],
) -> None:
    """Write the picture as PNG; `hits` are the drum notes as (seconds, MIDI key)."""
    style: Any = _style()
    with pyplot.rc_context(style):
        figure = pyplot.figure(figsize=(15, 9.6), dpi=120)
        _headings(figure)
        grid = figure.add_gridspec(
            2, 2, width_ratios=(2.25, 1), left=0.045, right=0.975, bottom=0.06, top=0.865,
            wspace=0.14, hspace=0.3,
        )  # fmt: skip
        _notes_and_sound(figure, grid[0, 0], generated, hits)
        _sound(figure, grid[1, 0], found)
        _sound(figure, grid[0, 1], query)
        _results(figure.add_subplot(grid[1, 1]), bars)
        figure.savefig(path, metadata={"Software": "Starling"})  # no version, no time
        pyplot.close(figure)


def _style() -> dict[str, Any]:
    return {
        "figure.facecolor": PAPER, "axes.facecolor": PANEL, "axes.edgecolor": PANEL,
        "text.color": INK, "axes.labelcolor": FAINT, "xtick.color": FAINT, "ytick.color": FAINT,
        "font.size": 10, "axes.titlesize": 13, "axes.titleweight": "bold",
        "font.family": "DejaVu Sans",
        "xtick.major.size": 0, "ytick.major.size": 0,
    }  # fmt: skip


def _headings(figure: Any) -> None:
    figure.text(0.045, 0.945, "Starling", fontsize=25, weight="bold")
    figure.text(
        0.158, 0.948,
        "A note plays a sound that never existed; a sound finds the presets nearest to it.",
        fontsize=13, color=FAINT,
    )  # fmt: skip


def _titled(axes: Any, panel: Panel) -> None:
    axes.set_title(plain_label(panel.title), loc="left", color=panel.colour, pad=20)
    axes.text(
        0,
        1.0,
        plain_label(panel.text),
        transform=axes.transAxes,
        va="bottom",
        color=FAINT,
        fontsize=9.5,
    )


def _notes_and_sound(
    figure: Any, place: Any, panel: Panel, hits: Sequence[tuple[float, int]]
) -> None:
    """The notes that the sounds were made for, the waveform, the spectrogram, in one time."""
    grid = place.subgridspec(3, 1, height_ratios=(1.15, 0.8, 2), hspace=0.06)
    notes = figure.add_subplot(grid[0])
    _titled(notes, panel)
    for seconds, key in hits:
        lane = _lane(key)
        notes.plot(seconds, lane, "o", color=panel.colour, markersize=4, alpha=0.9)
    notes.set_yticks(range(len(LANES)), LANES, fontsize=8)
    notes.set_ylim(-0.7, len(LANES) - 0.3)
    _wave_and_spectrum(figure, grid[1], grid[2], panel)
    notes.set_xlim(0, panel.audio.shape[1] / panel.sample_rate)
    notes.set_xticks([])


def _lane(key: int) -> int:
    title = general_midi.title(general_midi.class_of(key))
    return LANES.index(title) if title in LANES else len(LANES) - 1


def _sound(figure: Any, place: Any, panel: Panel) -> None:
    grid = place.subgridspec(2, 1, height_ratios=(1, 2), hspace=0.06)
    _titled(_wave_and_spectrum(figure, grid[0], grid[1], panel), panel)


def _wave_and_spectrum(figure: Any, upper: Any, lower: Any, panel: Panel) -> Any:
    """Draw both; the waveform's axes."""
    wave, spectrum = figure.add_subplot(upper), figure.add_subplot(lower)
    _waveform(wave, panel)
    _spectrogram(spectrum, panel)
    return wave


def _waveform(axes: Any, panel: Panel, columns: int = 1400) -> None:
    mono = panel.audio.mean(axis=0)
    seconds = len(mono) / panel.sample_rate
    size = max(1, len(mono) // columns)
    blocks = mono[: len(mono) // size * size].reshape(-1, size)
    times = np.linspace(0, seconds, len(blocks))
    axes.fill_between(times, blocks.min(1), blocks.max(1), color=panel.colour, linewidth=0)
    axes.set_xlim(0, seconds)
    top = max(0.05, float(np.abs(mono).max())) * 1.08
    axes.set_ylim(-top, top)
    axes.set_xticks([])
    axes.set_yticks([])


def _spectrogram(axes: Any, panel: Panel) -> None:
    """Level in dB over time and a logarithmic frequency axis, relative to the loudest point."""
    mono = panel.audio.mean(axis=0)
    rate = panel.sample_rate
    frequencies, times, spectrum = signal.stft(mono, rate, nperseg=WINDOW, noverlap=WINDOW * 3 // 4)
    power = np.abs(spectrum) ** 2
    hertz = np.geomspace(LOWEST_HZ, min(HIGHEST_HZ, 0.45 * rate), ROWS)
    rows = np.stack([np.interp(hertz, frequencies, column) for column in power.T], axis=1)
    level = 10 * np.log10(rows + 1e-12)
    axes.imshow(
        level - level.max(), origin="lower", aspect="auto", cmap="magma", vmin=FLOOR_DB, vmax=0,
        extent=(0, times[-1], 0, ROWS), interpolation="bilinear",
    )  # fmt: skip
    marks = [mark for mark in (100, 1_000, 10_000) if mark < hertz[-1]]
    axes.set_yticks(
        [float(np.interp(mark, hertz, np.arange(ROWS))) for mark in marks],
        [{100: "100 Hz", 1_000: "1 kHz", 10_000: "10 kHz"}[mark] for mark in marks],
    )
    axes.set_xlim(0, len(mono) / rate)
    axes.xaxis.set_major_formatter(lambda seconds, _: f"{seconds:g} s")


def _results(axes: Any, bars: Sequence[Bar]) -> None:
    """The nearest presets, the best on top."""
    axes.set_title("The five nearest presets", loc="left", color=FOUND, pad=20)
    axes.text(
        0, 1.0, "similarity to the recording, 1 is the same sound", transform=axes.transAxes,
        va="bottom", color=FAINT, fontsize=9.5,
    )  # fmt: skip
    for at, bar in enumerate(bars):
        y = -at
        axes.barh(y - 0.2, 1, height=0.13, color="#232a38")
        axes.barh(y - 0.2, bar.score, height=0.13, color=FOUND, alpha=1 if at == 0 else 0.65)
        axes.text(
            0, y, f"{at + 1}  {plain_label(bar.name)}", va="bottom", fontsize=12, weight="bold"
        )
        axes.text(0.99, y, f"{bar.score:.2f}", va="bottom", ha="right", fontsize=12)
        axes.text(0, y - 0.35, plain_label(bar.text), va="top", fontsize=8.5, color=FAINT)
    axes.set_xlim(-0.03, 1.03)
    axes.set_ylim(-len(bars) + 0.25, 0.55)
    axes.set_xticks([])
    axes.set_yticks([])
