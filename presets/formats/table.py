"""The table of preset files: what reads them, what writes them. Bytes and values, no library.

A bank with a bad preset keeps the others: the bad one comes back with its `problem`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from starling.models.errors import MissingError, ParseError
from starling.presets.formats import amsynth, dx7, syx, vstpreset
from starling.presets.formats.bank import MAX_BYTES, STARLING, Bank, BankPreset, Format, bank_name
from starling.presets.formats.fxp_bank import VST2_PRESET
from starling.presets.formats.json_bank import JSON_BANK, STARLING_PRESET, text_of
from starling.presets.formats.lv2 import LV2_BUNDLE
from starling.presets.formats.xiz import INSTRUMENT_FILE

__all__ = [
    "AMSYNTH_BANK",
    "CARTRIDGE",
    "FORMATS",
    "INSTRUMENT_FILE",
    "JSON_BANK",
    "LV2_BUNDLE",
    "MAX_BYTES",
    "STARLING",
    "STARLING_PRESET",
    "VST2_PRESET",
    "VST3_PRESET",
    "Bank",
    "BankPreset",
    "Format",
    "bank_name",
    "format_of",
    "read_bank",
]

MAX_CARTRIDGE = 4 * 2**20  # bytes: 1,000 cartridges in one file
HEXTER = ".dx7"  # of hexter's banks: packed voices, as many as there are


def read_bank(path: Path) -> Bank:
    """Read a preset file of any format in the table.

    Raises MissingError when it is not there, ParseError when it is not what its name says.
    """
    file_format = format_of(path)
    if file_format is None:
        known = ", ".join(sorted(suffix for f in FORMATS for suffix in f.suffixes))
        raise ParseError(f"{path.name} is no preset file that Starling reads ({known})")
    try:
        if path.stat().st_size > file_format.most:
            raise ParseError(f"it has more than {file_format.most // 2**20} MB")
        return file_format.read(path.read_bytes(), path)
    except FileNotFoundError as exc:
        raise MissingError(f"no preset file at {path}") from exc
    except OSError as exc:
        raise ParseError(f"{path.name} cannot be read: {exc.strerror}") from exc
    except ParseError as exc:
        raise ParseError(f"{path.name} is not a readable {file_format.name}: {exc}") from exc


def format_of(path: Path) -> Format | None:
    """The format that a file's name claims."""
    name = path.name.lower()
    return next((f for f in FORMATS if name.endswith(f.suffixes)), None)


def _read_amsynth(data: bytes, path: Path) -> Bank:
    text = text_of(data)
    presets = tuple(
        BankPreset(preset.name, preset.values, problem=preset.problem)
        for preset in amsynth.parse_presets(text)
    )
    last = presets[-1].name if presets else "its first line"
    cut = f"it has no end: presets after {last!r} are missing, if there were any"
    return Bank(bank_name(path), amsynth.NAME, presets, () if amsynth.has_end(text) else (cut,))


def _write_amsynth(synth: str, presets: Sequence[BankPreset]) -> bytes:
    return amsynth.bank_text([(preset.name, preset.values) for preset in presets]).encode()


def _read_syx(data: bytes, path: Path) -> Bank:
    """The voices, without those that only fill a cartridge up to 32."""
    content = syx.read(data, bank=path.suffix.lower() == HEXTER)
    voices = [voice for voice in content.voices if not dx7.is_initial(voice)]
    fill = len(content.voices) - len(voices)
    remarks = [*content.remarks, *([f"{fill} initial voices were left out"] if fill else [])]
    presets = tuple(BankPreset(voice.name, voice.values) for voice in voices)
    return Bank(bank_name(path), dx7.NAME, presets, tuple(remarks))


def _write_syx(synth: str, presets: Sequence[BankPreset]) -> bytes:
    return syx.write_cartridge([(preset.name, preset.values) for preset in presets])


def _read_vst3(data: bytes, path: Path) -> Bank:
    preset = vstpreset.read(data)
    name = bank_name(path)
    problem = f"only the plugin of class {preset.class_id} can read its state"
    only = BankPreset(name, {}, problem=problem, opaque=data)
    return Bank(name, "", (only,), plugin=preset.class_id)


AMSYNTH_BANK = Format("bank", "amsynth bank", (".bank",), _read_amsynth, _write_amsynth)
CARTRIDGE = Format(
    "syx", "DX7 cartridge", (".syx", ".sysex", HEXTER), _read_syx, _write_syx, MAX_CARTRIDGE
)
VST3_PRESET = Format("vstpreset", "VST3 preset", (".vstpreset",), _read_vst3)
FORMATS: tuple[Format, ...] = (
    AMSYNTH_BANK,
    VST2_PRESET,
    VST3_PRESET,
    CARTRIDGE,
    LV2_BUNDLE,
    INSTRUMENT_FILE,
    STARLING_PRESET,
    JSON_BANK,
)
