"""The table of preset files: what reads them, what writes them. Bytes and values, no library.

A bank with a bad preset keeps the others: the bad one comes back with its `problem` said.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from starling.models.errors import MissingError, ParseError
from starling.presets import amsynth, dx7, fxp, syx

JSON_FORMAT = 1
MAX_BYTES = 64 * 2**20  # the largest known bank is 1 MB
STARLING = "starling"


@dataclass(frozen=True, slots=True)
class BankPreset:
    """One preset of a file. `floats` are values by index, for a plugin not yet asked for names."""

    name: str
    values: Mapping[str, float]
    tags: tuple[str, ...] = ()
    author: str = ""
    problem: str = ""
    floats: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Bank:
    """All presets of a file. `synth` is "" when the file says only a plugin's four-letter id.

    `remarks` are sentences on what is odd about the file, though its presets can be read.
    """

    name: str
    synth: str
    presets: tuple[BankPreset, ...]
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file: `read(bytes, bank name)`; `write(synth, presets)`, where we can."""

    name: str
    suffixes: tuple[str, ...]
    read: Callable[[bytes, str], Bank]
    write: Callable[[str, Sequence[BankPreset]], bytes] | None = None


def read_bank(path: Path) -> Bank:
    """Read a preset file of any format in the table.

    Raises MissingError when it is not there, ParseError when it is not what its name says.
    """
    file_format = format_of(path)
    if file_format is None:
        known = ", ".join(sorted(suffix for f in FORMATS for suffix in f.suffixes))
        raise ParseError(f"{path.name} is no preset file that Starling reads ({known})")
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ParseError(f"it has more than {MAX_BYTES // 2**20} MB")
        return file_format.read(path.read_bytes(), bank_name(path))
    except FileNotFoundError as exc:
        raise MissingError(f"no preset file at {path}") from exc
    except OSError as exc:
        raise ParseError(f"{path.name} cannot be read: {exc.strerror}") from exc
    except ParseError as exc:
        raise ParseError(f"{path.name} is not a readable {file_format.name}: {exc}") from exc


def format_of(path: Path) -> Format | None:
    """The format that a file's name claims."""
    return next((f for f in FORMATS if path.suffix.lower() in f.suffixes), None)


def bank_name(path: Path) -> str:
    """The file's name without what only says its format: BriansBank01.amSynth.bank."""
    return path.name.removesuffix(path.suffix).removesuffix(".amSynth")


def _read_amsynth(data: bytes, name: str) -> Bank:
    presets = (
        BankPreset(preset.name, preset.values, problem=preset.problem)
        for preset in amsynth.parse_presets(_text(data))
    )
    return Bank(name, amsynth.NAME, tuple(presets))


def _write_amsynth(synth: str, presets: Sequence[BankPreset]) -> bytes:
    return amsynth.bank_text([(preset.name, preset.values) for preset in presets]).encode()


def _read_fxp(data: bytes, name: str) -> Bank:
    programs = fxp.read(data)
    ids = {program.plugin_id for program in programs}
    if len(ids) > 1:
        raise ParseError(f"it mixes presets of different plugins: {sorted(ids)}")
    if ids == {amsynth.VST2_ID}:
        presets = tuple(_amsynth_program(program, name) for program in programs)
        return Bank(name, amsynth.NAME, presets)
    return Bank(name, "", tuple(_foreign_program(program, name) for program in programs))


def _amsynth_program(program: fxp.Program, file_name: str) -> BankPreset:
    """The preset in amsynth's chunk; of plain floats, positions between minimum and maximum."""
    name = program.name or file_name
    if program.chunk:
        try:
            found = amsynth.parse_presets(_text(program.chunk))
        except ParseError as exc:
            return BankPreset(name, {}, problem=str(exc))
        problem = found[0].problem if found else "it holds no preset"
        return BankPreset(name, found[0].values if found else {}, problem=problem)
    if len(program.values) != len(amsynth.PARAMETERS):
        return BankPreset(name, {}, problem=f"amsynth has 41 parameters, not {program.count}")
    positions = zip(amsynth.PARAMETERS, program.values, strict=True)
    values = {p.name: p.minimum + _clamped(x) * (p.maximum - p.minimum) for p, x in positions}
    return BankPreset(name, amsynth.SCHEMA.validate(values))


def _foreign_program(program: fxp.Program, file_name: str) -> BankPreset:
    name = program.name or file_name
    if program.chunk:
        plugin = program.plugin_id.decode("latin-1")
        return BankPreset(name, {}, problem=f"only the plugin {plugin!r} can read its chunk")
    return BankPreset(name, {}, floats=tuple(_clamped(value) for value in program.values))


def _clamped(value: float) -> float:
    return min(max(value, 0.0), 1.0) if math.isfinite(value) else 0.0


def _write_fxp(synth: str, presets: Sequence[BankPreset]) -> bytes:
    preset = presets[0]
    chunk = amsynth.chunk(preset.name, preset.values)
    count = len(amsynth.PARAMETERS)
    return fxp.write(fxp.Program(amsynth.VST2_ID, preset.name, count, chunk=chunk))


def _read_syx(data: bytes, name: str) -> Bank:
    content = syx.read(data)
    presets = tuple(BankPreset(voice.name, voice.values) for voice in content.voices)
    return Bank(name, dx7.NAME, presets, content.remarks)


def _write_syx(synth: str, presets: Sequence[BankPreset]) -> bytes:
    return syx.write_cartridge([(preset.name, preset.values) for preset in presets])


def _read_json(data: bytes, name: str) -> Bank:
    try:
        content = json.loads(_text(data))
        version, synth, entries = content["format"], content["synth"], content["presets"]
    except (ValueError, KeyError, TypeError, RecursionError) as exc:
        raise ParseError('no JSON with "format", "synth" and "presets"') from exc
    if version != JSON_FORMAT:
        raise ParseError(f"its format is {version!r}; this Starling reads {JSON_FORMAT}")
    if not (isinstance(synth, str) and isinstance(entries, list)):
        raise ParseError('"synth" must be a name and "presets" a list')
    bank = content.get("bank")
    return Bank(
        bank if isinstance(bank, str) else name, synth, tuple(_json_entry(e) for e in entries)
    )


def _json_entry(entry: object) -> BankPreset:
    if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
        return BankPreset("(unnamed)", {}, problem="it has no name")
    name, values = entry["name"], entry.get("values")
    if not isinstance(values, dict) or not all(_is_number(value) for value in values.values()):
        return BankPreset(name, {}, problem='its "values" are not numbers by parameter name')
    listed = entry.get("tags", [])
    tags = tuple(str(tag) for tag in listed) if isinstance(listed, list) else ()
    numbers = {key: float(value) for key, value in values.items()}
    return BankPreset(name, numbers, tags, str(entry.get("author", "")))


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return abs(value) <= sys.float_info.max  # of a larger integer there is no float


def _write_json(synth: str, presets: Sequence[BankPreset]) -> bytes:
    entries = [
        {
            "name": preset.name,
            "author": preset.author,
            "tags": list(preset.tags),
            "values": dict(preset.values),
        }
        for preset in presets
    ]
    content = {"format": JSON_FORMAT, "synth": synth, "presets": entries}
    return (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()


def _text(data: bytes) -> str:
    """UTF-8, or else Latin-1, which old editors wrote; without a byte order mark."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


AMSYNTH_BANK = Format("amsynth bank", (".bank",), _read_amsynth, _write_amsynth)
VST2_PRESET = Format("VST2 preset", (".fxp", ".fxb"), _read_fxp, _write_fxp)
JSON_BANK = Format("Starling bank", (".json",), _read_json, _write_json)
CARTRIDGE = Format("DX7 cartridge", (".syx",), _read_syx, _write_syx)
FORMATS: tuple[Format, ...] = (AMSYNTH_BANK, VST2_PRESET, CARTRIDGE, JSON_BANK)
