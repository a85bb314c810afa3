"""One picture: spectrograms of real recordings beside generated sounds, class by class."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from starling.models.audio import Array
from starling.models.data import SoundSet
from starling.models.evaluate_oneshot import SEED, random_controls
from starling.models.generator import Generator

COLUMNS = 5  # of each sort
SECONDS = 0.8
N_FFT, HOP = 1024, 128
RANGE_DB = 80


def _draw(axes: Axes, signal: Array, sample_rate: int) -> None:
    """A spectrogram on a logarithmic frequency axis, 80 dB of range."""
    frames = int(SECONDS * sample_rate)
    cut = np.pad(signal[:frames], (N_FFT // 2, max(0, frames - len(signal)) + N_FFT // 2))
    windows = np.lib.stride_tricks.sliding_window_view(cut, N_FFT)[::HOP] * np.hanning(N_FFT)
    level = 20 * np.log10(np.abs(np.fft.rfft(windows, axis=1)).T + 1e-6)
    hertz = np.fft.rfftfreq(N_FFT, 1 / sample_rate)
    seconds = np.arange(level.shape[1]) * HOP / sample_rate
    axes.pcolormesh(
        seconds, hertz[1:], level[1:], vmin=level.max() - RANGE_DB, vmax=level.max(), cmap="magma"
    )
    axes.set_yscale("log")
    axes.set_ylim(40, 20000)
    axes.set_xticks([])
    axes.set_yticks([])


def draw_sheet(generator: Generator, sounds: SoundSet, path: Path) -> None:
    """Write the sheet as PNG: five held-out or training recordings left, five generated right."""
    classes, rate = sounds.classes, generator.card.sample_rate
    figure = Figure(figsize=(2 * COLUMNS * 1.5, len(classes) * 1.2), layout="constrained")
    grid = figure.subplots(len(classes), 2 * COLUMNS, squeeze=False)
    for row, name in enumerate(classes):
        members = np.nonzero(sounds.labels == row)[0]
        chosen = members[np.linspace(0, len(members) - 1, COLUMNS).astype(int)]
        for column, index in enumerate(chosen):
            _draw(grid[row, column], sounds.sounds[index].signal, rate)
        for column in range(COLUMNS):
            made = generator.generate(SEED + column, random_controls(generator, row, column))
            _draw(grid[row, COLUMNS + column], made[0], rate)
        grid[row, 0].set_ylabel(name)
    grid[0, 0].set_title("recorded", loc="left")
    grid[0, COLUMNS].set_title("generated", loc="left")
    figure.savefig(path, dpi=80)
