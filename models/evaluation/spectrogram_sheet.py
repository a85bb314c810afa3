"""One picture: spectrograms of recordings beside those of every model, class by class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from starling.models.dsp import stft
from starling.models.dsp.mel import SAMPLE_RATE
from starling.models.dsp.signal import Array
from starling.models.plain import plain_label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLUMNS = 5  # of each model, where there is one; three where there are more
LONGEST = 2.0  # seconds shown
N_FFT, HOP = 2048, 256
LOWEST_HZ, HIGHEST_HZ, HEIGHT = 40.0, 20_000.0, 120  # rows are pixels
RANGE_DB = 80
Shown = Mapping[int, Sequence[Array]]  # class (-1: made without one) to sounds at 44.1 kHz


def _draw(axes: Axes, signal: Array, seconds: float) -> None:
    """A spectrogram on a logarithmic frequency axis, 80 dB of range."""
    frames = int(seconds * SAMPLE_RATE)
    cut = np.pad(signal[:frames], (N_FFT // 2, max(0, frames - len(signal)) + N_FFT // 2))
    windows = stft.frames(cut, N_FFT, HOP) * stft.hann(N_FFT)
    rows = np.geomspace(LOWEST_HZ, HIGHEST_HZ, HEIGHT) * (N_FFT / SAMPLE_RATE)
    spectrum = np.abs(np.fft.rfft(windows, axis=1))[:, np.round(rows).astype(int)]
    level = 20 * np.log10(spectrum.T + 1e-6)
    top = level.max()
    axes.imshow(level, vmin=top - RANGE_DB, vmax=top, cmap="magma", origin="lower", aspect="auto")


def _row(shown: Shown, label: int, columns: int) -> Sequence[Array]:
    """Sounds of a class; of a model without classes the next ones."""
    if label in shown:
        return shown[label][:columns]
    return shown.get(-1, ())[label * columns : (label + 1) * columns]


def _seconds(real: Shown) -> float:
    """What shows nearly all of nearly every recording."""
    lengths = [len(signal) / SAMPLE_RATE for sounds in real.values() for signal in sounds]
    return min(LONGEST, max(0.3, float(np.percentile(lengths, 80))))


def draw_sheet(
    path: Path, classes: Sequence[str], sets: Sequence[tuple[str, Shown]], columns: int = 0
) -> Path:
    """Write the sheet as PNG; `sets` are the recordings first, then each model, with their names.

    Each class is a row, each set a block of `columns` (0: five for one model, three for more).
    """
    from matplotlib.figure import Figure

    columns = columns or (COLUMNS if len(sets) < 3 else 3)
    size = (0.6 + 1.5 * columns * len(sets), 0.4 + 1.2 * len(classes))
    figure = Figure(figsize=size, layout="constrained")
    grid = figure.subplots(len(classes), columns * len(sets), squeeze=False)
    for axes in grid[:, 1:].flat:
        axes.set_axis_off()  # until something is drawn there
    seconds = _seconds(sets[0][1])
    for block, (name, shown) in enumerate(sets):
        for label in range(len(classes)):
            for column, signal in enumerate(_row(shown, label, columns)):
                axes = grid[label, block * columns + column]
                axes.set_axis_on()
                _draw(axes, signal, seconds)
                axes.set(xticks=[], yticks=[])
        grid[0, block * columns].set_title(plain_label(name), loc="left")
        grid[0, block * columns].set(xticks=[], yticks=[])
    for label, name in enumerate(classes):
        grid[label, 0].set_ylabel(plain_label(name))
    figure.savefig(path, dpi=80)
    return path
