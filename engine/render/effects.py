"""chain.json to checked effects, and effects to audio (pedalboard). Pure but for reading the file.

    {"tracks": {"10": [{"effect": "Compressor", "ratio": 3}, {"effect": "Pan", "position": -0.2}],
                "Lead": [{"effect": "Delay"}]},
     "master": [{"effect": "Reverb", "room_size": 0.3}, {"effect": "BrickwallLimiter"}]}

Parts of a song are named as in `--track`; effects apply in the order written; parameters left out
take their defaults. What may be named stands in `effects_table`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pedalboard as untyped_pedalboard
from numpy.typing import NDArray

from starling.engine.render.effects_table import EFFECTS, Knob
from starling.models import json_text
from starling.models.errors import InputError, ParseError

pedalboard: Any = untyped_pedalboard  # its stubs do not export what the package does
Setting = float | str
SHIFT_PAD = 8_192  # frames of silence after a sound: shorter ones than its window it drops
Array = NDArray[np.float32]
Room = Callable[[tuple[int, ...]], Array]
Process = Callable[..., Array]
BLOCK = 64 * 8192  # frames; pedalboard's own blocks are of 8192


@dataclass(frozen=True, slots=True)
class Insert:
    """One effect with every parameter set."""

    effect: str
    settings: tuple[tuple[str, Setting], ...]


@dataclass(frozen=True, slots=True)
class Effects:
    """The inserts of each part, by number, name or `ch10`, and of the sum."""

    tracks: dict[int | str, tuple[Insert, ...]] = field(default_factory=dict)
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
    chains: dict[int | str, tuple[Insert, ...]] = {}
    for name, chain in tracks.items():
        part = _part(name)
        if part in chains:
            raise InputError(f"{source}: track {part} is given twice")
        chains[part] = _chain(chain, f"{source}: track {name}")
    return Effects(chains, _chain(content.get("master", []), f"{source}: master"))


def apply(
    inserts: Sequence[Insert], audio: Array, sample_rate: int, room: Room = np.zeros
) -> Array:
    """Run (2, frames) through the inserts; the length stays, the input is left as it was.

    The results lie in arrays that `room` makes; they are worked out block by block.
    """
    for insert in inserts:
        settings = dict(insert.settings)
        if insert.effect == "PitchShift":  # its engine takes a whole sound
            audio = pitch_shift(audio, float(settings["semitones"]), sample_rate)
            continue
        if insert.effect == "Pan":
            process: Process = partial(pan, position=float(settings["position"]))
        else:
            plugin = _plugin(insert.effect, settings, sample_rate)
            process = partial(plugin, sample_rate=sample_rate, reset=False)
        audio = _in_blocks(process, audio, np.asarray(room(audio.shape), np.float32))
    return audio


def _in_blocks(process: Process, audio: Array, out: Array) -> Array:
    """An effect over (2, frames): what it holds back at first is drawn out by silence."""
    at, frames = 0, audio.shape[1]
    for start in range(0, frames, BLOCK):
        part = process(audio[:, start : start + BLOCK])
        out[:, at : at + part.shape[1]] = part
        at += part.shape[1]
    while at < frames:
        part = process(np.zeros((2, BLOCK), np.float32))[:, : frames - at]
        out[:, at : at + part.shape[1]] = part
        at += part.shape[1]
    return out


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


def _part(name: str) -> int | str:
    return int(name) if name.isdecimal() else name


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
                f"it takes {effect.described}"
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


def _near(word: str, words: list[str]) -> str:
    lower = {known.lower(): known for known in words}
    match = get_close_matches(word.lower(), list(lower), n=1)
    return f" (did you mean {lower[match[0]]}?)" if match else ""
