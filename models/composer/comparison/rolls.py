"""Piano rolls of continuations: a column for each song, a row for how it went on and each model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from starling.models.composer.songs import LOWEST, VOICES, Frames
from starling.models.composer.statistics import PITCHED, PROMPT
from starling.models.nes.scores.score import RATE
from starling.models.plain import plain_label

COLOURS = ("tab:blue", "tab:orange", "tab:green", "tab:gray")  # of P1, P2, TR, NO
NOISE_BELOW = LOWEST[2] - 18  # the noise's 1..16 stand below the lowest note of the triangle


def draw(
    path: Path,
    beginnings: Sequence[tuple[str, Frames]],
    rows: Mapping[str, Sequence[Frames]],
) -> Path:
    """Draw, for each beginning (PROMPT, 4) and its title, each row's continuation. Writes a PNG."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.2 * len(beginnings), 1.9 * len(rows) + 0.6), layout="constrained")
    panels = figure.subplots(len(rows), len(beginnings), squeeze=False, sharex=True, sharey=True)
    for line, (name, continuations) in zip(panels, rows.items(), strict=True):
        line[0].set_ylabel(plain_label(name))
        for axes, (_, beginning), notes in zip(line, beginnings, continuations, strict=True):
            _roll(axes, np.concatenate([beginning, notes]))
            axes.axvline(len(beginning) / RATE, color="black", linewidth=0.8)
    for axes, (title, _) in zip(panels[0], beginnings, strict=True):
        axes.set_title(plain_label(title), fontsize="small")
    for axes in panels[-1]:
        axes.set_xlabel("seconds")
    handles = [
        panels[0][0].hlines([], [], [], color=each, label=name, linewidth=3)
        for each, name in zip(COLOURS, VOICES, strict=True)
    ]
    figure.legend(handles=handles, loc="outside upper right", ncols=len(VOICES), fontsize="small")
    figure.savefig(path, dpi=80)
    return path


def _roll(axes: Any, notes: Frames) -> None:
    """Lines where notes (N, 4) sound."""
    for voice, colour in enumerate(COLOURS):
        column = notes[:, voice].astype(int)
        edges = np.flatnonzero(np.diff(column, prepend=0, append=0))
        first, last = edges[:-1], edges[1:]
        sounding = column[first] > 0
        height = column[first] + (NOISE_BELOW if voice == PITCHED else 0)
        axes.hlines(
            height[sounding], first[sounding] / RATE, last[sounding] / RATE, colour, linewidth=1.5
        )
    axes.set_xlim(0, len(notes) / RATE)


def of_songs(
    path: Path,
    songs: Sequence[tuple[str, Frames]],
    written: Mapping[str, Sequence[Frames]],
    real: str = "as it went on",
) -> Path:
    """Draw songs (PROMPT + N, 4) with their titles, and what models wrote instead."""
    beginnings = [(title, notes[:PROMPT]) for title, notes in songs]
    return draw(path, beginnings, {real: [notes[PROMPT:] for _, notes in songs], **written})
