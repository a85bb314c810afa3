"""The DX7's voice: its 145 parameters, and the 155 bytes in which it travels. Not how it is hosted.

The order is that of the bytes of a single voice (VCED), operator 6 first; byte i is parameter i,
and bytes 145..154 are the name. Values are the bytes' own: algorithm 0 is the panel's algorithm 1,
detune 7 is none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from starling.presets.formats.schema import Parameter, Schema

__all__ = [
    "INITIAL",
    "NAME",
    "SCHEMA",
    "VOICE_BYTES",
    "Voice",
    "is_initial",
    "voice_bytes",
    "voice_of",
]

NAME = "dexed"
OPERATORS = 6
NAME_SIZE = 10
INITIAL = "INIT VOICE"  # the voice of the defaults; fills what is left of a cartridge
CURVES = ("-Linear", "-Exponential", "+Exponential", "+Linear")
WAVES = ("Triangle", "Saw down", "Saw up", "Square", "Sine", "Sample and hold")
SWITCH = ("Off", "On")
ALGORITHMS = tuple(f"Algorithm {number}" for number in range(1, 33))

# A knob: name, highest value, value of the initial voice, labels. All begin at 0.
_Knob = tuple[str, int, int, tuple[str, ...]]


def _stages(what: str, values: tuple[int, int, int, int]) -> list[_Knob]:
    return [(f"{what}{stage}", 99, value, ()) for stage, value in enumerate(values, 1)]


OPERATOR: list[_Knob] = [
    *_stages("rate", (99, 99, 99, 99)),
    *_stages("level", (99, 99, 99, 0)),
    ("breakpoint", 99, 0, ()),
    ("left_depth", 99, 0, ()),
    ("right_depth", 99, 0, ()),
    ("left_curve", 3, 0, CURVES),
    ("right_curve", 3, 0, CURVES),
    ("rate_scaling", 7, 0, ()),
    ("amp_mod_sensitivity", 3, 0, ()),
    ("velocity_sensitivity", 7, 0, ()),
    ("output_level", 99, 0, ()),
    ("mode", 1, 0, ("Ratio", "Fixed")),
    ("coarse", 31, 1, ()),
    ("fine", 99, 0, ()),
    ("detune", 14, 7, ()),
]
COMMON: list[_Knob] = [
    *_stages("pitch_rate", (99, 99, 99, 99)),
    *_stages("pitch_level", (50, 50, 50, 50)),
    ("algorithm", 31, 0, ALGORITHMS),
    ("feedback", 7, 0, ()),
    ("key_sync", 1, 1, SWITCH),
    ("lfo_speed", 99, 35, ()),
    ("lfo_delay", 99, 0, ()),
    ("lfo_pitch_depth", 99, 0, ()),
    ("lfo_amp_depth", 99, 0, ()),
    ("lfo_sync", 1, 1, SWITCH),
    ("lfo_wave", 5, 0, WAVES),
    ("pitch_mod_sensitivity", 7, 3, ()),
    ("transpose", 48, 24, ()),
]


def _parameter(prefix: str, group: str, knob: _Knob) -> Parameter:
    name, highest, default, labels = knob
    if (prefix, name) == ("op1_", "output_level"):
        default = 99  # the initial voice sounds: operator 1 carries, the others are silent
    return Parameter(
        prefix + name, 0, highest, default, "discrete", highest + 1, labels, group=group
    )


PARAMETERS: tuple[Parameter, ...] = (
    *(
        _parameter(f"op{operator}_", f"operator {operator}", knob)
        for operator in range(OPERATORS, 0, -1)
        for knob in OPERATOR
    ),
    *(_parameter("", "voice", knob) for knob in COMMON),
)
SCHEMA = Schema(NAME, "1", PARAMETERS)
VOICE_BYTES = len(PARAMETERS) + NAME_SIZE

# Three of the DX7's characters are not ASCII's; what they displace is written as its nearest.
_FROM_DX7 = {0x5C: "¥", 0x7E: "→", 0x7F: "←"}
_TO_DX7 = {letter: code for code, letter in _FROM_DX7.items()} | {"\\": 0x2F, "~": 0x2D}


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice read from bytes; `limited` names the parameters whose bytes were out of range."""

    name: str
    values: dict[str, float]
    limited: tuple[str, ...] = ()


def voice_of(data: bytes) -> Voice:
    """The voice in 155 bytes. A byte beyond its parameter's range is limited to it.

    >>> voice_of(voice_bytes("BRASS 1", {"algorithm": 21})).values["algorithm"]
    21.0
    """
    values, limited = {}, []
    for parameter, byte in zip(PARAMETERS, data, strict=False):
        if byte > parameter.maximum:
            limited.append(parameter.name)
        values[parameter.name] = float(min(byte, parameter.maximum))
    return Voice(_decoded(data[len(PARAMETERS) : VOICE_BYTES]), values, tuple(limited))


def is_initial(voice: Voice) -> bool:
    """Whether a voice is the one with which a DX7 begins, under its own name or none.

    Breakpoints do not count: they have no effect without depths.
    """
    same = all(
        voice.values[parameter.name] == parameter.default
        for parameter in PARAMETERS
        if not parameter.name.endswith("_breakpoint")
    )
    return voice.name in ("", INITIAL) and same


def voice_bytes(name: str, values: Mapping[str, float]) -> bytes:
    """The 155 bytes of a voice. Raises InputError for values that the schema refuses."""
    full = SCHEMA.validate(values)
    return bytes(round(value) for value in full.values()) + _encoded(name)


def _decoded(name: bytes) -> str:
    letters = (_FROM_DX7.get(byte & 0x7F, chr(max(byte & 0x7F, 0x20))) for byte in name)
    return "".join(letters).strip()


def _encoded(name: str) -> bytes:
    """Ten bytes; a letter that the DX7 does not have becomes a question mark."""
    codes = (_TO_DX7.get(letter, ord(letter)) for letter in name[:NAME_SIZE])
    return bytes(code if 0x20 <= code < 0x80 else 0x3F for code in codes).ljust(NAME_SIZE)
