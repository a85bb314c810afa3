"""Pitch bend, volume, expression and pan of a channel as curves, one value a frame. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from starling.engine.render.effects import pan
from starling.engine.render.notes import BEND, ControlChange

VOLUME, PAN, EXPRESSION = 7, 10, 11
DATA, RPN_LOW, RPN_HIGH = 6, 100, 101
APPLIED = frozenset({VOLUME, PAN, EXPRESSION})  # by the mixer, for every kind of part
FULL = {VOLUME: 100, EXPRESSION: 127}  # General MIDI's initial values: they change nothing
BEND_SEMITONES = 2.0  # the range until registered parameter 0 sets another
GLIDE_SECONDS = 0.005  # a step of a controller takes this long, lest it click
Array = NDArray[np.float32]
Points = list[tuple[float, float]]  # seconds, value


def mix_controls(audio: Array, controls: Sequence[ControlChange], sample_rate: int) -> Array:
    """Apply volume, expression and pan to (2, frames), by General MIDI's square law."""
    frames = audio.shape[1]
    for number, full in FULL.items():
        points = _points(controls, number, partial(_gain, full))
        if points:
            audio = audio * curve(points, 1.0, sample_rate, frames)
    points = _points(controls, PAN, lambda value: max(-1.0, (value - 64) / 63))
    return pan(audio, curve(points, 0.0, sample_rate, frames)) if points else audio


def bend_curve(controls: Sequence[ControlChange], sample_rate: int, frames: int) -> Array | None:
    """The pitch bend in semitones (frames,); None where there is none."""
    points: Points = []
    reach, registered = BEND_SEMITONES, [127, 127]  # 127, 127: no parameter is chosen
    for control in controls:
        if control.number == BEND:
            points.append((control.time, control.value / 8192 * reach))
        elif control.number in (RPN_LOW, RPN_HIGH):
            registered[control.number - RPN_LOW] = control.value
        elif control.number == DATA and registered == [0, 0]:
            reach = float(control.value)
    return curve(points, 0.0, sample_rate, frames) if any(v for _, v in points) else None


def curve(points: Points, initial: float, sample_rate: int, frames: int) -> Array:
    """Values from given seconds on as a curve (frames,), each step a short slope."""
    starts = [0, *(min(round(seconds * sample_rate), frames) for seconds, _ in points), frames]
    values = np.array([initial, *(value for _, value in points)])
    steps = np.repeat(values, np.diff(starts))
    width = max(1, round(GLIDE_SECONDS * sample_rate))
    total = np.cumsum(np.concatenate([np.repeat(steps[:1], width), steps]))
    return np.asarray((total[width:] - total[:-width]) / width, np.float32)


def _points(controls: Sequence[ControlChange], number: int, law: Callable[[int], float]) -> Points:
    return [(each.time, law(each.value)) for each in controls if each.number == number]


def _gain(full: int, value: int) -> float:
    return (value / full) ** 2
