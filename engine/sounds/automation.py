"""Controls of a texture over time, as a DAW's automation: breakpoints and lines between them. Pure.

In: `temperature=0:0.8,10:1.3`, seconds and values. Out: turns, what a passage sets at its frames.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from starling.engine.sounds.control_text import parse_control
from starling.engine.sounds.takes import SECONDS
from starling.models.errors import InputError

if TYPE_CHECKING:
    from starling.engine.sounds.passage import Turns
    from starling.models.artifacts.catalogue import ModelCard

STEP_SECONDS = 0.05  # between two turns: a line of steps that are not heard
MOST_TURNS = 100  # of all curves together: a recipe holds 6,500 bytes
BEGINNING = {SECONDS, "variety"}  # controls that a take reads as it begins
DIGITS = 4  # of a value on a line
Curve = Sequence[tuple[float, float]]  # seconds from the start, rising; the value there


def parse_curve(card: ModelCard, text: str) -> tuple[str, Curve]:
    """A control's curve as people write it: `temperature=0:0.8,10:1.3`.

    Raises InputError (code `bad_control`).
    """
    name, _, points = text.partition("=")
    curve = [_point(card, name, each, text) for each in points.split(",")]
    return name, checked(name, curve)


def checked(name: str, curve: Curve) -> Curve:
    """A curve whose breakpoints are in order; else InputError (code `bad_control`)."""
    times = [seconds for seconds, _ in curve]
    rising = all(before < after for before, after in pairwise([*times, math.inf]))
    if not times or not times[0] >= 0 or not rising:
        raise InputError(
            f"the breakpoints of {name} need times from 0 s on that rise; got "
            f"{', '.join(f'{each:g}' for each in times) or 'none'}",
            code="bad_control",
        )
    return curve


def start_values(curves: Mapping[str, Curve]) -> dict[str, float]:
    """What the curves' controls are at the start."""
    return {name: curve[0][1] for name, curve in curves.items()}


def automated(card: ModelCard, curves: Mapping[str, Curve], controls: Mapping[str, float]) -> Turns:
    """The turns of a texture as long as its controls say.

    Raises InputError (code `bad_control`): a control that is no more heard once a take has begun.
    """
    for name in sorted(BEGINNING & curves.keys()):
        raise InputError(f"control {name} cannot change while a texture plays", code="bad_control")
    usual = {each.name: each.default for each in card.controls}
    return turns(curves, controls.get(SECONDS, usual.get(SECONDS, 0.0)), card.sample_rate)


def turns(curves: Mapping[str, Curve], seconds: float, rate: int) -> Turns:
    """What is set at which frames (of `rate` a second) so that controls follow their curves.

    Before its first breakpoint a curve holds that value, after its last one that.
    """
    step = max(STEP_SECONDS, seconds * len(curves) / MOST_TURNS)
    held, found = start_values(curves), []
    for at in range(1, int(seconds / step) + 1):
        now = {name: _value(curve, at * step) for name, curve in curves.items()}
        changed = tuple(sorted((name, now[name]) for name in now if now[name] != held[name]))
        if changed:
            found.append((int(at * step * rate), changed))
        held = now
    return tuple(found)


def _value(curve: Curve, seconds: float) -> float:
    times, values = [at for at, _ in curve], [value for _, value in curve]
    return round(float(np.interp(seconds, times, values)), DIGITS)


def _point(card: ModelCard, name: str, point: str, text: str) -> tuple[float, float]:
    """One breakpoint, SECONDS:VALUE."""
    time, colon, value = point.partition(":")
    try:
        seconds = float(time)
    except ValueError:
        colon = ""
    if not colon:
        raise InputError(
            f"automation must be CONTROL=SECONDS:VALUE,SECONDS:VALUE,...; got {text!r}",
            code="bad_control",
        )
    return seconds, parse_control(card, f"{name}={value}")[1]
