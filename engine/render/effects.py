"""chain.json to checked effects, and effects to audio (pedalboard). Pure but for reading the file.

    {"tracks": {"10": [{"effect": "Compressor", "ratio": 3}, {"effect": "Pan", "position": -0.2}]},
     "master": [{"effect": "Reverb", "room_size": 0.3}, {"effect": "BrickwallLimiter"}]}

Track numbers are MIDI channels 1..16; effects apply in the order written; parameters left out take
their defaults. What may be named stands in `effects_table`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np
import pedalboard as untyped_pedalboard
from numpy.typing import NDArray

from starling.engine.render.effects_table import EFFECTS, Effect, Knob
from starling.models import json_text
from starling.models.errors import InputError, ParseError

pedalboard: Any = untyped_pedalboard  # its stubs do not export what the package does
Setting = float | str
SHIFT_PAD = 8_192  # frames of silence after a sound: shorter ones than its window it drops


@dataclass(frozen=True, slots=True)
class Insert:
    """One effect with every parameter set."""

    effect: str
    settings: tuple[tuple[str, Setting], ...]


@dataclass(frozen=True, slots=True)
class Effects:
    """The inserts of each MIDI channel and of the sum."""

    tracks: dict[int, tuple[Insert, ...]] = field(default_factory=dict)
    master: tuple[Insert, ...] = ()


def read_effects(path: Path) -> Effects:
    """Read chain.json.

    Raises InputError and ParseError that name the place, the value and what is allowed.
    """
    if not path.is_file():
        raise InputError(f"there is no effects file {path}", code="no_file")
    try:
        content = json_text.parsed(path.read_bytes())
    except (ValueError, RecursionError) as exc:
        raise ParseError(f"{path.name} is not JSON: {exc}") from exc
    return parse_effects(content, path.name)


def parse_effects(content: object, source: str = "effects") -> Effects:
    """Check what chain.json holds; `source` begins every error."""
    if not isinstance(content, dict):
        raise ParseError(f'{source} must be {{"tracks": {{...}}, "master": [...]}}')
    for key in content:
        if key not in ("tracks", "master"):
            raise InputError(f"{source}: unknown field {key!r}; allowed are tracks and master")
    tracks = content.get("tracks", {})
    if not isinstance(tracks, dict):
        raise ParseError(f'{source}: tracks must be an object such as {{"10": [...]}}')
    chains: dict[int, tuple[Insert, ...]] = {}
    for number, chain in tracks.items():
        channel = _channel(number, source)
        if channel in chains:
            raise InputError(f"{source}: track {channel} is given twice")
        chains[channel] = _chain(chain, f"{source}: track {number}")
    return Effects(chains, _chain(content.get("master", []), f"{source}: master"))


def apply(
    inserts: Sequence[Insert], audio: NDArray[np.float32], sample_rate: int
) -> NDArray[np.float32]:
    """Run (2, frames) through the inserts; the length stays, the input is left as it was."""
    for insert in inserts:
        settings = dict(insert.settings)
        if insert.effect == "Pan":
            audio = pan(audio, float(settings["position"]))
        elif insert.effect == "PitchShift":
            audio = pitch_shift(audio, float(settings["semitones"]), sample_rate)
        else:
            board = pedalboard.Pedalboard([_plugin(insert.effect, settings, sample_rate)])
            audio = board(audio, sample_rate)
    return audio


def pan(audio: NDArray[np.float32], position: float | NDArray[np.float32]) -> NDArray[np.float32]:
    """Balance (2, frames) with constant power: -1 left, 0 as it was, 1 right."""
    angle = (np.asarray(position, np.float32) + 1) * np.float32(math.pi / 4)
    left, right = np.cos(angle), np.sin(angle)
    return np.stack([audio[0] * left, audio[1] * right]) * np.float32(math.sqrt(2))


def pitch_shift(
    audio: NDArray[np.float32], semitones: float, sample_rate: int
) -> NDArray[np.float32]:
    """Shift (2, frames) by semitones with Rubber Band's finer engine, formants too.

    pedalboard.PitchShift, its real-time engine, is 91 cents off at -12 and 273 at -24, and moves
    attacks by up to 780 frames at +12; this one is within half a cent, and 170 frames at +-12.
    """
    if not semitones:
        return audio
    frames = audio.shape[1]
    padded = np.pad(audio, ((0, 0), (0, SHIFT_PAD)))
    shifted = pedalboard.time_stretch(
        padded, sample_rate, pitch_shift_in_semitones=semitones, preserve_formants=False
    )
    return np.ascontiguousarray(shifted[:, :frames], np.float32)


def _plugin(name: str, settings: dict[str, Setting], sample_rate: int) -> Any:
    ceiling = 0.49 * sample_rate  # filters are undefined from half the rate on
    values: dict[str, object] = {
        key: min(value, ceiling) if key.endswith("_hz") and isinstance(value, float) else value
        for key, value in settings.items()
    }
    if "mode" in values:
        values["mode"] = getattr(pedalboard.LadderFilter, str(values["mode"]))
    return getattr(pedalboard, name)(**values)


def _channel(number: str, source: str) -> int:
    if not number.isdecimal() or not 1 <= int(number) <= 16:
        raise InputError(f"{source}: track must be a MIDI channel 1..16, got {number!r}")
    return int(number)


def _chain(entries: object, place: str) -> tuple[Insert, ...]:
    if not isinstance(entries, list):
        raise ParseError(f'{place} must be a list such as [{{"effect": "Reverb"}}]')
    return tuple(_insert(entry, f"{place}[{at}]") for at, entry in enumerate(entries))


def _insert(entry: object, place: str) -> Insert:
    if not isinstance(entry, dict) or not isinstance(entry.get("effect"), str):
        raise ParseError(f'{place} must be an object with a field "effect", got {entry!r}')
    name = entry["effect"]
    if name not in EFFECTS:
        raise InputError(
            f"{place}: unknown effect {name!r}{_near(name, list(EFFECTS))}; "
            f"allowed are {', '.join(EFFECTS)}"
        )
    effect = EFFECTS[name]
    given = {key: value for key, value in entry.items() if key != "effect"}
    names = [knob.name for knob in effect.knobs]
    for key in given:
        if key not in names:
            raise InputError(
                f"{place}: {name} has no parameter {key!r}{_near(key, names)}; "
                f"it takes {_takes(effect)}"
            )
    settings = (
        (knob.name, _checked(knob, given.get(knob.name, knob.default), f"{place}: {name}"))
        for knob in effect.knobs
    )
    return Insert(name, tuple(settings))


def _checked(knob: Knob, value: object, place: str) -> Setting:
    if knob.labels:
        if value in knob.labels:
            return str(value)
    elif (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and knob.minimum <= value <= knob.maximum
    ):
        return float(value)
    raise InputError(f"{place}: {knob.name} must be {knob.allowed}, got {value!r}")


def _takes(effect: Effect) -> str:
    return ", ".join(f"{knob.name} ({knob.allowed})" for knob in effect.knobs)


def _near(word: str, words: list[str]) -> str:
    lower = {known.lower(): known for known in words}
    match = get_close_matches(word.lower(), list(lower), n=1)
    return f" (did you mean {lower[match[0]]}?)" if match else ""
