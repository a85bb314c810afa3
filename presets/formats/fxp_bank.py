"""Presets of VST2 files (.fxp, .fxb): amsynth's in full, other plugins' floats until it is known
what they are called.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from starling.models.errors import ParseError
from starling.presets.formats import amsynth, fxp
from starling.presets.formats.bank import Bank, BankPreset, Format, bank_name
from starling.presets.formats.json_bank import text_of

__all__ = ["VST2_PRESET"]


def _read(data: bytes, path: Path) -> Bank:
    name = bank_name(path)
    programs = fxp.read(data)
    bank = path.parent.name if path.suffix.lower() == ".fxp" else name  # one file for each preset
    ids = {program.plugin_id for program in programs}
    if len(ids) > 1:
        raise ParseError(f"it mixes presets of different plugins: {sorted(ids)}")
    if ids == {amsynth.VST2_ID}:
        presets = [preset for program in programs for preset in _amsynth_presets(program, name)]
        return Bank(bank, amsynth.NAME, tuple(presets))
    presets = [_foreign_preset(program, name) for program in programs]
    plugin = next(iter(ids), b"").decode("latin-1")
    return Bank(bank, "", tuple(presets), plugin=plugin)


def _amsynth_presets(program: fxp.Program, file_name: str) -> list[BankPreset]:
    """Those in amsynth's chunk; of plain floats, positions between minimum and maximum."""
    name = program.name or file_name
    if program.problem:
        return [BankPreset(name, {}, problem=program.problem)]
    if program.chunk:
        return _of_chunk(program.chunk, name)
    if len(program.values) != len(amsynth.PARAMETERS):
        return [BankPreset(name, {}, problem=f"amsynth has 41 parameters, not {program.count}")]
    positions = zip(amsynth.PARAMETERS, program.values, strict=True)
    values = {p.name: p.minimum + _clamped(x) * (p.maximum - p.minimum) for p, x in positions}
    return [BankPreset(name, amsynth.SCHEMA.validate(values))]


def _of_chunk(chunk: bytes, name: str) -> list[BankPreset]:
    """The presets of a chunk: one of a preset, whose name is the file's; all of a bank."""
    try:
        found = amsynth.parse_presets(text_of(chunk))
    except ParseError as exc:
        return [BankPreset(name, {}, problem=str(exc))]
    if not found:
        return [BankPreset(name, {}, problem="it holds no preset")]
    if len(found) == 1:
        return [BankPreset(name, found[0].values, problem=found[0].problem)]
    return [BankPreset(each.name, each.values, problem=each.problem) for each in found]


def _foreign_preset(program: fxp.Program, file_name: str) -> BankPreset:
    name = program.name or file_name
    if program.problem:
        return BankPreset(name, {}, problem=program.problem)
    if program.chunk:
        plugin = program.plugin_id.decode("latin-1")
        problem = f"only the plugin {plugin!r} can read its chunk"
        written = fxp.write if program.name else fxp.write_bank_chunk
        return BankPreset(name, {}, problem=problem, opaque=written(program))
    return BankPreset(name, {}, floats=tuple(_clamped(value) for value in program.values))


def _clamped(value: float) -> float:
    return min(max(value, 0.0), 1.0) if math.isfinite(value) else 0.0


def _write(synth: str, presets: Sequence[BankPreset]) -> bytes:
    """Of amsynth: an .fxp of one preset, an .fxb of several."""
    programs = [_program(preset) for preset in presets]
    return fxp.write(programs[0]) if len(programs) == 1 else fxp.write_bank(programs)


def _program(preset: BankPreset) -> fxp.Program:
    chunk = amsynth.chunk(preset.name, preset.values)
    return fxp.Program(amsynth.VST2_ID, preset.name, len(amsynth.PARAMETERS), chunk=chunk)


VST2_PRESET = Format("fxp", "VST2 preset", (".fxp", ".fxb"), _read, _write)
