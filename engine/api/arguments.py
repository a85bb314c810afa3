"""What callers hand over, made ready: sounds as files, arrays or values; presets by id or value."""

from __future__ import annotations

import operator
import os
from pathlib import Path
from typing import Any, SupportsIndex, TypeAlias

import numpy as np
from numpy.typing import NDArray

from starling.engine.api.values import Sound, StrPath
from starling.models.errors import InputError
from starling.presets.library.preset import Preset, SearchHit
from starling.presets.search.audio_query import Onset, onset_of, read_onset

SoundLike: TypeAlias = StrPath | Sound | NDArray[np.floating[Any]]
PresetLike: TypeAlias = SupportsIndex | Preset | SearchHit


def onset(sound: SoundLike, sample_rate: int | None, seconds: float) -> Onset:
    """At most `seconds` of a sound from its onset on: a file, a Sound, or an array at a rate.

    Raises as `read_onset`, and InputError for an array that is no sound or has no rate.
    """
    if isinstance(sound, str | os.PathLike):
        return read_onset(Path(sound), seconds)
    if isinstance(sound, Sound):
        return onset_of(frames_of(sound.audio), sound.sample_rate, seconds)
    if sample_rate is None:
        raise InputError("an array needs sample_rate=, in hertz")
    return onset_of(frames_of(sound), _rate(sample_rate), seconds)


def frames_of(audio: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
    """Audio (frames,) or (channels, frames) of floats as (frames, channels) float32."""
    array = np.asarray(audio)
    if array.dtype.kind != "f" or array.ndim not in (1, 2):
        raise InputError(
            "a sound is an array of floats, (frames,) or (channels, frames), got shape "
            f"{array.shape} of {array.dtype}"
        )
    return np.atleast_2d(array).T.astype(np.float32)


def _rate(sample_rate: int) -> int:
    if not 1_000 <= sample_rate <= 768_000:  # any recording's; less or more is a mistake
        raise InputError(f"sample_rate must be 1000..768000 hertz, got {sample_rate}")
    return int(sample_rate)


def preset_id(preset: PresetLike) -> int:
    """The id of a preset of the library. Raises InputError for what is no number either."""
    if isinstance(preset, SearchHit):
        return preset.preset
    return preset.id if isinstance(preset, Preset) else whole("preset", preset, least=0)


def whole(name: str, value: SupportsIndex, least: int) -> int:
    """A whole number, NumPy's too. Raises InputError for any other value and one below `least`."""
    try:
        number = None if isinstance(value, bool) else operator.index(value)
    except TypeError:
        number = None
    if number is None or number < least:
        raise InputError(f"{name} must be a whole number of at least {least}, got {value!r}")
    return number


def processes(jobs: int | None) -> int | None:
    """`jobs` as a count of processes; None for as many as there are cores."""
    return None if jobs is None else whole("jobs", jobs, least=1)


def title_of(sound: SoundLike) -> str:
    """What a sound is called in names of presets made from it; empty where it has no file."""
    return Path(sound).stem if isinstance(sound, str | os.PathLike) else ""
