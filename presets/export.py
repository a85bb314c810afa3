"""Write one preset as a file that its synth loads. Never overwrites, never leaves half a file."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

from starling.models.errors import StarlingError
from starling.presets import amsynth, dx7
from starling.presets.formats import CARTRIDGE, JSON_BANK, VST2_PRESET, BankPreset, Format
from starling.presets.library import Preset

EXPORTS: dict[str, tuple[Format, str]] = {
    amsynth.NAME: (VST2_PRESET, ".fxp"),
    dx7.NAME: (CARTRIDGE, ".syx"),
}
DEFAULT = (JSON_BANK, ".json")  # what Starling itself reads back, for every synth
MAX_STEM = 80  # characters; file systems allow 255 bytes
RESERVED = re.compile(r"(?i)^(con|prn|aux|nul|com\d|lpt\d)$")  # names that Windows keeps


def export_preset(preset: Preset, folder: Path) -> Path:
    """Write the preset into the folder and return the file, e.g. `Brass Section 2.fxp`.

    Raises StarlingError (code `store_full`) when the disk does not take it.
    """
    file_format, suffix = EXPORTS.get(preset.synth, DEFAULT)
    entry = BankPreset(preset.name, preset.values, preset.tags, preset.author)
    assert file_format.write is not None
    data = file_format.write(preset.synth, [entry])
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return _write_new(folder, safe_stem(preset.name), suffix, data)
    except OSError as exc:
        sentence = f"{preset.name!r} cannot be written into {folder}: {exc.strerror}"
        raise StarlingError(sentence, code="store_full") from exc


def safe_stem(name: str) -> str:
    """A preset's name as a file name for any system."""
    words = re.sub(r'[\x00-\x1f<>:"/\\|?*]+', " ", name)
    stem = " ".join(words.split())[:MAX_STEM].strip(" .")
    return f"{stem}_" if RESERVED.match(stem) else stem or "preset"


def _write_new(folder: Path, stem: str, suffix: str, data: bytes) -> Path:
    for number in itertools.count(1):
        path = folder / (f"{stem}{suffix}" if number == 1 else f"{stem} {number}{suffix}")
        try:
            file = open(path, "xb")  # noqa: SIM115 (opening is what claims the name)
        except FileExistsError:
            continue
        try:
            with file:
                file.write(data)
        except OSError:
            path.unlink(missing_ok=True)
            raise
        return path
    raise AssertionError("unreachable: itertools.count does not end")
