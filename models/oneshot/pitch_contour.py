"""The F0 contour of a pitched sound: knots of a linear spline over its length, and that length.

Pitches are logits of their place in the body's range (head.body), so that any number is a pitch.
Together they are called a melody (M = knots + 1 numbers) and given to the decoder as a condition:
a network that has to find F0 by itself learns noise first.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from starling.models.dsp import pitch
from starling.models.dsp.signal import Array
from starling.models.oneshot.spectral_head import HeadConfig

KNOTS = 12  # of a contour: 0.17 s apart in the longest sound
SMOOTHNESS = 0.02  # penalty on second differences, as in P-splines (Eilers and Marx 1996)
LOGIT_EDGE = 0.02  # places are clamped so far from 0 and 1: logits stay below 4


def fit_contour(
    track: tuple[Array, Array], seconds: float, factor: float, head: HeadConfig, knots: int
) -> Array:
    """Knots and log seconds (knots + 1,) of a sound played `factor` times as fast.

    `track` is pitch (hertz, 0: none) and level every `pitch.HOP_S`, as `pitch_track` gives it;
    `seconds` the length of the sound as played. The contour is the smoothest one that fits where
    the sound is loud: penalised least squares.
    """
    hertz, level = track
    found = hertz > 0
    length = np.log([seconds]).astype(np.float32)
    if not found.any():
        return np.concatenate([np.zeros(knots, np.float32), length])
    place = np.arange(len(hertz)) * (pitch.HOP_S / factor / seconds)
    splines = _linear_splines(np.clip(place[found], 0.0, 1.0), knots)  # (n, knots)
    weight = level[found].astype(np.float64)
    weight = weight / weight.mean()  # (n,)
    target = _logits(hertz[found] * factor, head)  # (n,)
    bends = np.diff(np.eye(knots), 2, axis=0)  # (knots - 2, knots), second differences
    gram = splines.T @ (splines * weight[:, None]) / len(weight) + SMOOTHNESS * bends.T @ bends
    right = splines.T @ (target * weight) / len(weight)
    fitted = np.linalg.lstsq(gram, right, rcond=1e-9)[0]
    return np.concatenate([fitted.astype(np.float32), length])


def _linear_splines(place: NDArray[np.float64], knots: int) -> NDArray[np.float64]:
    """Linear B-splines (n, knots) at places 0..1."""
    distance = np.abs(place[:, None] * (knots - 1) - np.arange(knots))
    return np.asarray((1.0 - distance).clip(min=0.0), np.float64)


def _logits(hertz: Array, head: HeadConfig) -> NDArray[np.float64]:
    """Logits of where pitches (n,) in Hz lie in the body's range, on a logarithmic scale."""
    span = math.log(head.body_high_hz / head.body_low_hz)
    place = np.log(np.asarray(hertz, np.float64) / head.body_low_hz) / span
    place = place.clip(LOGIT_EDGE, 1 - LOGIT_EDGE)
    return np.asarray(np.log(place / (1 - place)), np.float64)


def interpolate(knots: Tensor, place: Tensor) -> Tensor:
    """The contour (B, T) of knots (B, K) at places (B, T) of the sound; held after its end."""
    last = knots.shape[1] - 1
    at = place.clamp(0.0, 1.0) * last  # (B, T), in knots
    low = at.detach().floor().clamp(max=last - 1).long()
    part = at - low  # 0..1 between two knots
    return knots.gather(1, low) * (1 - part) + knots.gather(1, low + 1) * part
