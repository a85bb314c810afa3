"""amsynth: its 41 parameters and the text in which it keeps presets. Not how it is hosted.

Ranges, steps and defaults were read from the running plugin (its test does it again): a preset text
with two values a parameter gives its range, one with none its default.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from starling.models.errors import ParseError
from starling.presets.formats.bank import check_count
from starling.presets.formats.schema import Parameter, Schema

NAME = "amsynth"
VST2_ID = b"amsy"
BANK_HEADER = "amSynth"
PRESET_HEADER = "amSynth1.0preset"
BANK_FOOTER = "EOF"
COMMENTS = ("#", "//", ";")
MAX_NAME = 60  # characters; the plugin keeps 24 of them, its banks hold up to 40

WAVES = ("Sine", "Square", "Saw", "Noise", "Random")
LFO_WAVES = ("Sine", "Square", "Triangle", "Noise", "Random", "Saw up", "Saw down")
OCTAVES = ("-3", "-2", "-1", "0", "+1", "+2", "+3", "+4")
FILTERS = ("Low-pass", "High-pass", "Band-pass", "Notch", "Bypass")


def _knob(name: str, low: float, high: float, default: float, unit: str = "") -> Parameter:
    return Parameter(name, low, high, default, unit=unit)


def _switch(name: str, low: int, default: int, labels: tuple[str, ...]) -> Parameter:
    high = low + len(labels) - 1
    return Parameter(name, low, high, default, "discrete", len(labels), labels)


# In the plugin's own order, in the units of its preset files. Times are not seconds but the
# position of a cubic knob, so no unit is claimed for them.
PARAMETERS: tuple[Parameter, ...] = (
    _knob("amp_attack", 0, 2.5, 0),
    _knob("amp_decay", 0, 2.5, 0),
    _knob("amp_sustain", 0, 1, 1),
    _knob("amp_release", 0, 2.5, 0),
    _switch("osc1_waveform", 0, 2, WAVES),
    _knob("filter_attack", 0, 2.5, 0),
    _knob("filter_decay", 0, 2.5, 0),
    _knob("filter_sustain", 0, 1, 1),
    _knob("filter_release", 0, 2.5, 0),
    _knob("filter_resonance", 0, 0.97, 0),
    _knob("filter_env_amount", -16, 16, 0),
    _knob("filter_cutoff", -0.5, 1.5, 1.5),
    _knob("osc2_detune", -1, 1, 0),
    _switch("osc2_waveform", 0, 2, WAVES),
    _knob("master_vol", 0, 1, 0.67),
    _knob("lfo_freq", 0, 7.5, 0),
    _switch("lfo_waveform", 0, 0, LFO_WAVES),
    _switch("osc2_range", -3, 0, OCTAVES),
    _knob("osc_mix", -1, 1, 0),
    _knob("freq_mod_amount", 0, 1.25992105, 0),
    _knob("filter_mod_amount", -1, 1, -1),
    _knob("amp_mod_amount", -1, 1, -1),
    _knob("osc_mix_mode", 0, 1, 0),
    _knob("osc1_pulsewidth", 0, 1, 1),
    _knob("osc2_pulsewidth", 0, 1, 1),
    _knob("reverb_roomsize", 0, 1, 0),
    _knob("reverb_damp", 0, 1, 0),
    _knob("reverb_wet", 0, 1, 0),
    _knob("reverb_width", 0, 1, 1),
    _knob("distortion_crunch", 0, 0.9, 0),
    _switch("osc2_sync", 0, 0, ("Off", "On")),
    _knob("portamento_time", 0, 1, 0),
    _switch("keyboard_mode", 0, 0, ("Poly", "Mono", "Legato")),
    _switch("osc2_pitch", -12, 0, tuple(f"{semitones:+d}" for semitones in range(-12, 13))),
    _switch("filter_type", 0, 0, FILTERS),
    _switch("filter_slope", 0, 1, ("12 dB", "24 dB")),
    _switch("freq_mod_osc", 0, 0, ("Both", "Oscillator 1", "Oscillator 2")),
    _knob("filter_kbd_track", 0, 1, 1),
    _knob("filter_vel_sens", 0, 1, 1),
    _knob("amp_vel_sens", 0, 1, 1),
    _switch("portamento_mode", 0, 0, ("Always", "Legato")),
)

SCHEMA = Schema(NAME, "1.13", PARAMETERS)
_PARAMETER = {parameter.name: parameter for parameter in PARAMETERS}


@dataclass(frozen=True, slots=True)
class TextPreset:
    """A preset as its file says it; `problem` is empty, or why it cannot be played."""

    name: str
    values: dict[str, float]
    problem: str = ""


def parse_presets(text: str) -> list[TextPreset]:
    """Every preset of a bank's text or of a single preset's text, good and bad.

    Values outside a parameter's range are limited to it, as the plugin does. Line ends of any
    system, decimal commas, comments (#, //, ;) and blank lines before the first are no fault.
    Raises ParseError when the text is not amsynth's at all.
    """
    lines = [line.strip("\0 \t").strip() for line in re.split("\r\n|\r|\n", text)]
    lines = [line for line in lines if line and not line.startswith(COMMENTS)]
    if not lines or lines[0] not in (BANK_HEADER, PRESET_HEADER):
        raise ParseError(f"the first line is not {BANK_HEADER!r} or {PRESET_HEADER!r}")
    blocks: list[list[str]] = []
    for line in lines[1:]:
        if line == BANK_FOOTER:
            break
        if line.startswith("<preset>"):
            blocks.append([line])
        elif blocks:
            blocks[-1].append(line)
    check_count(len(blocks))
    presets = [_parse_block(block) for block in blocks]
    if lines[0] == BANK_HEADER and BANK_FOOTER not in lines and _is_cut(blocks):
        presets[-1] = TextPreset(presets[-1].name, {}, "the file ends within this preset")
    return presets


def has_end(text: str) -> bool:
    """Whether a text ends as amsynth ends it: one of a bank, with a line of its own."""
    return BANK_FOOTER in text.split() or PRESET_HEADER in text.split()


def _is_cut(blocks: list[list[str]]) -> bool:
    """Whether the last preset has fewer lines than those before it, or than amsynth writes."""
    if not blocks:
        return False
    usual = max(map(len, blocks[:-1]), default=len(PARAMETERS) + 1)
    return len(blocks[-1]) < usual


def _parse_block(lines: list[str]) -> TextPreset:
    name = lines[0].removeprefix("<preset>").strip().removeprefix("<name>").strip()
    values: dict[str, float] = {}
    for line in lines[1:]:
        problem = _parse_line(line, values)
        if problem:
            return TextPreset(name or "(unnamed)", {}, problem)
    return TextPreset(name or "(unnamed)", SCHEMA.validate(values))


def _parse_line(line: str, values: dict[str, float]) -> str:
    """Put the line's value into `values`; return what is wrong with the line, or nothing."""
    words = line.split()
    if words[0] == "<property>":  # tuning files, which a newer amsynth may add to a preset
        return ""
    if words[0] != "<parameter>" or len(words) != 3:
        return f"the line {line[:60]!r} is not `<parameter> name value`"
    if words[1] == "unused":  # a name that amsynth itself skips
        return ""
    parameter = _PARAMETER.get(words[1])
    if parameter is None:
        return f"amsynth has no parameter {words[1][:40]!r}"
    try:
        value = float(words[2].replace(",", "."))
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        return f"{parameter.name} must be a number, got {words[2][:40]!r}"
    values[parameter.name] = min(max(value, parameter.minimum), parameter.maximum)
    return ""


def bank_text(presets: list[tuple[str, Mapping[str, float]]]) -> str:
    """The text of a bank file that amsynth loads."""
    body = "".join(_block(name, values) for name, values in presets)
    return f"{BANK_HEADER}\n{body}{BANK_FOOTER}\n"


def preset_text(name: str, values: Mapping[str, float]) -> str:
    """The text of one preset, built from known names only: the plugin aborts on any other."""
    return f"{PRESET_HEADER}\n{_block(name, values)}"


def chunk(name: str, values: Mapping[str, float]) -> bytes:
    """The plugin's VST2 chunk. It is read as a C string, so it must end in a zero byte."""
    return preset_text(name, values).encode("ascii", "replace") + b"\0"


def _block(name: str, values: Mapping[str, float]) -> str:
    full = SCHEMA.validate(values)
    words = " ".join(name.replace("<", "(").replace(">", ")").split())[:MAX_NAME]
    lines = [f"<parameter> {parameter} {_number(value)}" for parameter, value in full.items()]
    return "\n".join([f"<preset> <name> {words or 'unnamed'}", *lines]) + "\n"


def _number(value: float) -> str:
    """The shortest decimals that read back as the same double: `1`, not `1.0`."""
    return repr(value).removesuffix(".0")
