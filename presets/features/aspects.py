"""The aspects of a sound that a search compares beside its timbre: pitch, envelope, brightness,
noisiness. Numbers that people can check, by the descriptors of models/dsp; no network.

An aspect's similarity is 1 for equal values and falls with their difference as exp(-d / scale).
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from starling.models.dsp import descriptors, pitch

Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Aspect:
    """Columns `first` to `end` of a sound's aspects, and the difference that makes 1/e of them."""

    name: str
    title: str
    first: int
    end: int
    scale: float
    unit: str
    less: str  # what a sound with less of it is called,
    more: str  # and with more


# Lengths of the envelope's parts grow: an attack is told by hundredths of a second.
EDGES_S = (0.0, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 1.0)
FLOOR_DB = -40.0  # below the loudest part a part is silent
SEGMENTS = len(EDGES_S) - 1
UNPITCHED = -1.0  # in place of a note
LIBRARY_NOTE = 60.0  # which libraries are heard by

ASPECTS: tuple[Aspect, ...] = (
    Aspect("pitch", "Pitch", 0, 1, 6.0, "semitones", "lower", "higher"),
    Aspect("envelope", "Envelope", 1, 1 + SEGMENTS, 6.0, "dB", "shorter", "longer"),
    Aspect("brightness", "Brightness", 1 + SEGMENTS, 2 + SEGMENTS, 1.0, "octaves", "darker",
           "brighter"),
    Aspect("noisiness", "Noisiness", 2 + SEGMENTS, 3 + SEGMENTS, 0.1, "of 1", "purer", "noisier"),
)  # fmt: skip
TIMBRE = "timbre"  # the name of what the network compares, among the aspects' weights
NAMES: tuple[str, ...] = (TIMBRE, *(aspect.name for aspect in ASPECTS))
SIZE = ASPECTS[-1].end  # numbers of a sound: (SIZE,) float32

PITCH_FROM_S, PITCH_S = 0.1, 0.11  # the part of a note that its pitch is told by: 2 frames of YIN


def describe(signal: Array, sample_rate: int) -> Array:
    """The aspects (SIZE,) of a mono sound (frames,) from its onset on."""
    return np.array(
        [
            _note(signal, sample_rate),
            *_envelope(signal, sample_rate),
            *descriptors.spectral(signal[:sample_rate], sample_rate),
        ],
        np.float32,
    )


def neutral() -> Array:
    """What stands for a sound of which no aspects are known: middling ones, (SIZE,)."""
    return np.array([LIBRARY_NOTE, *[FLOOR_DB / 2] * SEGMENTS, 0.0, 0.1], np.float32)


def mean(described: Sequence[Array]) -> Array:
    """The mean aspects (SIZE,) of several sounds; the pitch is that of those that have one."""
    together = np.asarray(np.mean(np.stack(described), axis=0), np.float32)  # (SIZE,)
    pitched = [each[0] for each in described if each[0] >= 0]
    together[0] = np.mean(pitched) if pitched else UNPITCHED
    return together


def similarity(aspect: Aspect, sounds: Array, sound: Array) -> Array:
    """How alike sounds (n, SIZE) are to one (SIZE,) in an aspect: (n,), 0 to 1."""
    columns = range(aspect.first, aspect.end)  # one by one: 100,000 sounds in a millisecond
    apart = sum((np.abs(sounds[:, at] - sound[at]) for at in columns), np.float32(0)) / len(columns)
    alike = np.exp(-apart / np.float32(aspect.scale))
    if aspect.name == "pitch":  # a pitched sound is like no unpitched one, two of those are alike
        pitched, is_pitched = sounds[:, aspect.first] >= 0, sound[aspect.first] >= 0
        alike = np.where(pitched == is_pitched, alike, 0.0)
    return np.asarray(alike, np.float32)


def moved(sound: Array, directions: dict[str, float]) -> Array:
    """A sound's aspects moved by some of their scales: {"brightness": -1} is darker.

    A longer envelope is one whose parts after the loudest lie higher.
    """
    wanted = sound.copy()
    for aspect in ASPECTS:
        amount = directions.get(aspect.name, 0.0) * aspect.scale
        part = wanted[aspect.first : aspect.end]
        if not amount:
            continue
        if aspect.name == "envelope":
            later = np.arange(SEGMENTS) > int(np.argmax(part))
            part[:] = np.clip(part + np.where(later, amount, 0.0), FLOOR_DB, 0.0)
        elif aspect.name != "pitch" or part[0] >= 0:
            part += amount
    return wanted


def _note(signal: Array, sample_rate: int) -> float:
    """The pitch as a MIDI note with its fraction, or UNPITCHED."""
    first = round(PITCH_FROM_S * sample_rate)
    part = signal[first : first + round(PITCH_S * sample_rate)]
    if not len(part) or not np.any(part):
        part = signal[: round(PITCH_S * sample_rate)]
    found = pitch.estimate(part, sample_rate)
    return found.note + found.cents / 100 if found.is_clear else UNPITCHED


def _envelope(signal: Array, sample_rate: int) -> list[float]:
    """Level of each part in dB below the loudest one, FLOOR_DB at least."""
    edges = [round(edge * sample_rate) for edge in EDGES_S]
    power = [
        float(np.mean(np.square(part, dtype=np.float64))) if len(part) else 0.0
        for part in (signal[a:b] for a, b in itertools.pairwise(edges))
    ]
    loudest = max(power) or 1.0
    return [max(FLOOR_DB, 10 * float(np.log10(max(each / loudest, 1e-12)))) for each in power]
