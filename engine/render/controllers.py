"""Volume, expression and pan of a part over its sound, in place and block by block."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from starling.engine.render.effects import pan
from starling.engine.songs.curves import curve_blocks
from starling.engine.songs.notes import MAIN, ControlChange
from starling.models.midi.channel import ChannelState
from starling.models.midi.controllers import EXPRESSION, PAN, VOLUME

APPLIED = frozenset({VOLUME, PAN, EXPRESSION})  # by the mixer, for every kind of part
FULL = {VOLUME: 100, EXPRESSION: 127}  # General MIDI's initial values: they change nothing
Array = NDArray[np.float32]


def mix_controls(audio: Array, controls: Sequence[ControlChange], sample_rate: int) -> Array:
    """Apply volume, expression and pan to (2, frames), by General MIDI's square law, in place."""
    frames = audio.shape[1]
    for number, full in FULL.items():
        points = _points(controls, number, partial(_gain, full))
        if points:
            for start, gain in curve_blocks(points, 1.0, sample_rate, frames):
                audio[:, start : start + len(gain)] *= gain
    points = _points(controls, PAN, lambda value: max(-1.0, (value - 64) / 63))
    if points:
        for start, position in curve_blocks(points, 0.0, sample_rate, frames):
            end = start + len(position)
            audio[:, start:end] = pan(audio[:, start:end], position)
    return audio


def _points(
    controls: Sequence[ControlChange], number: int, law: Callable[[int], float]
) -> list[tuple[float, float]]:
    """The values of one controller as it is sent, and where a reset changes it."""
    state = ChannelState()
    before = state.controls[number]
    points = []
    for control in controls:
        if control.channel != MAIN:
            continue
        state.control(control.number, control.value)
        if control.number == number or state.controls[number] != before:
            points.append((control.time, law(state.controls[number])))
        before = state.controls[number]
    return points


def _gain(full: int, value: int) -> float:
    return (value / full) ** 2
