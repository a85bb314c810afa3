"""Recordings of notes brought to one pitch class by resampling: what learns of them is in tune.

A texture model plays as it has heard, and the keys of a keyboard transpose that from C: of notes of
all pitches each key would sound another.
"""

from __future__ import annotations

import re
from pathlib import PurePath

import numpy as np
import soxr

from starling.models.dsp.signal import Array
from starling.models.errors import ParseError

PITCH_CLASSES = ("C", "Cs", "D", "Ds", "E", "F", "Fs", "G", "Gs", "A", "As", "B")
NAMED = re.compile(r"(?:^|[^A-Za-z])([A-G])(s|#|b|f|♯|♭)?-?\d(?:[_ -]m\d+)?$")
STEPS = {"": 0, "s": 1, "#": 1, "♯": 1, "b": -1, "f": -1, "♭": -1}


def pitch_class(path: PurePath) -> int:
    """The pitch class 0..11 that a file's name ends with. Raises ParseError where it has none.

    >>> pitch_class(PurePath("cello_As2.wav")), pitch_class(PurePath("Bb3.flac"))
    (10, 10)
    """
    found = NAMED.search(path.stem)
    if found is None:
        raise ParseError(f"{path.name} does not end with a note, as cello_As2.wav does")
    return (PITCH_CLASSES.index(found[1]) + STEPS[found[2] or ""]) % 12


def semitones_to(wanted: str, pitch: int) -> int:
    """How far (-6..5) a pitch class is from the nearest of the wanted one.

    >>> semitones_to("C", 10), semitones_to("C", 4)
    (2, -4)
    """
    return (PITCH_CLASSES.index(wanted) - pitch + 6) % 12 - 6


def transposed(signal: Array, sample_rate: int, semitones: int) -> Array:
    """A signal (frames,) played faster or slower, as a sampler does: higher is shorter."""
    if not semitones:
        return signal
    played = sample_rate * 2 ** (semitones / 12)
    return np.asarray(soxr.resample(signal, played, sample_rate, quality="VHQ"), np.float32)
