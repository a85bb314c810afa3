"""The melody of a sound that sings: a few knots of its pitch over its length, and that length.

Pitches are logits of their place in the body's range (head.body), so that any number is a pitch.
A network that must find the pitch of a voice first learns to whisper; told it, it sings.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from starling.models.dsp import pitch
from starling.models.dsp.signal import Array
from starling.models.oneshot.spectral_head import HeadConfig

KNOTS = 12  # of a sound: 0.17 s apart in the longest
SMOOTH = 0.02  # weight of the contour's bends against the track, where it is heard well
EDGE = 0.02  # of the range at either end, beyond which logits run away


def melody(
    track: tuple[Array, Array], seconds: float, factor: float, head: HeadConfig, knots: int
) -> Array:
    """Knots and log seconds (knots + 1,) of a sound played `factor` times as fast.

    `track` is pitch (hertz, 0: none) and level every `pitch.HOP_S`, as voice_track gives it;
    `seconds` the length of the sound as played. The contour is the smoothest one that fits where
    the sound is loud: linear splines, least squares.
    """
    hertz, level = track
    found = hertz > 0
    length = np.log([seconds]).astype(np.float32)
    if not found.any():
        return np.concatenate([np.zeros(knots, np.float32), length])
    place = np.arange(len(hertz)) * (pitch.HOP_S / factor / seconds)
    hats = _hats(np.clip(place[found], 0.0, 1.0), knots)
    weight = level[found].astype(np.float64)
    weight = weight / weight.mean()
    wanted = _logits(hertz[found] * factor, head)
    bends = np.diff(np.eye(knots), 2, axis=0)
    gram = hats.T @ (hats * weight[:, None]) / len(weight) + SMOOTH * bends.T @ bends
    right = hats.T @ (wanted * weight) / len(weight)
    fitted = np.linalg.lstsq(gram, right, rcond=1e-9)[0]
    return np.concatenate([fitted.astype(np.float32), length])


def _hats(place: NDArray[np.float64], knots: int) -> NDArray[np.float64]:
    """Linear B-splines (n, knots) at places 0..1."""
    distance = np.abs(place[:, None] * (knots - 1) - np.arange(knots))
    return np.asarray((1.0 - distance).clip(min=0.0), np.float64)


def _logits(hertz: Array, head: HeadConfig) -> NDArray[np.float64]:
    """Where pitches lie in the body's range."""
    span = math.log(head.body_high_hz / head.body_low_hz)
    place = np.log(np.asarray(hertz, np.float64) / head.body_low_hz) / span
    place = place.clip(EDGE, 1 - EDGE)
    return np.asarray(np.log(place / (1 - place)), np.float64)


def follow(knots: Tensor, place: Tensor) -> Tensor:
    """The contour (B, T) of knots (B, K) at places (B, T) of the sound; held after its end."""
    last = knots.shape[1] - 1
    at = place.clamp(0.0, 1.0) * last
    low = at.detach().floor().clamp(max=last - 1).long()
    part = at - low
    return knots.gather(1, low) * (1 - part) + knots.gather(1, low + 1) * part
