"""Write one preset as a file that its synth loads, where that synth or its hosts look for it.

| synth         | formats, the default first      | folder, unless one is named               |
|---------------|---------------------------------|-------------------------------------------|
| amsynth       | bank, fxp, lv2, starling-preset | its banks; lv2: the user's LV2 bundles    |
| dexed         | syx, starling-preset            | Dexed's cartridges                        |
| VST3 plugin   | vstpreset, starling-preset      | the user's VST3 presets of MAKER/PLUGIN   |
| VST2 plugin   | fxp, starling-preset            | the folder for exports                    |
| the built-in  | starling-preset, json           | the folder for exports                    |

Never overwrites, never leaves half a file.
"""

from __future__ import annotations

import itertools
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from starling.models.errors import InputError, PluginError, StarlingError
from starling.presets.formats import amsynth, dx7, fxp
from starling.presets.formats.bank import STARLING, BankPreset
from starling.presets.formats.lv2 import MANIFEST, PLUGINS, bundle_files
from starling.presets.formats.table import FORMATS
from starling.presets.library.preset import Preset
from starling.presets.sandbox.plugin_state import PluginStates
from starling.presets.scan.synth_facts import synth_facts
from starling.presets.synths.introspect import Introspection
from starling.presets.synths.plugin import state_suffix
from starling.presets.synths.plugin_files import SUFFIXES
from starling.presets.synths.preset_folders import export_folder, vst3_presets

__all__ = ["Exporter", "export_formats", "safe_stem"]

OWN = "starling-preset"
KNOWN: dict[str, tuple[str, ...]] = {
    amsynth.NAME: ("bank", "fxp", "lv2", OWN),
    dx7.NAME: ("syx", OWN),
    STARLING: (OWN, "json"),
}
PLUGINS_BY_SUFFIX = {".vst3": ("vstpreset", OWN), ".component": (OWN,)}
VST2 = ("fxp", OWN)
MAX_STEM = 80  # characters
MAX_STEM_BYTES = 200  # file systems allow 255 bytes, of which a number and the suffix take some
RESERVED = re.compile(r"(?i)^(con|prn|aux|nul|com\d|lpt\d)$")  # names that Windows keeps
_FORMATS = {each.key: each for each in FORMATS}


def export_formats(synth: str) -> tuple[str, ...]:
    """The formats in which a synth's presets can be written, the one that it loads first.

    >>> export_formats("dexed")
    ('syx', 'starling-preset')
    """
    suffix = Path(synth).suffix.lower()
    if synth in KNOWN or suffix not in SUFFIXES:
        return KNOWN.get(synth, (OWN,))
    return PLUGINS_BY_SUFFIX.get(suffix, VST2)


@dataclass(frozen=True, slots=True)
class _Written:
    """What to write: bytes, or a folder of files; and where it belongs, if anywhere."""

    suffix: str
    content: bytes | Mapping[str, bytes]
    folder: Path | None


@dataclass(frozen=True, slots=True)
class Exporter:
    """Writes presets; `fallback` takes what belongs nowhere else, `cache` has plugins' schemas."""

    fallback: Path
    cache: Path

    def export(self, preset: Preset, to: Path | None = None, key: str = "") -> Path:
        """Write the preset and return the file (of an LV2 bundle, the folder).

        Raises InputError for a format that the synth does not have, PluginError or MissingError
        when a plugin is needed and fails, StarlingError (code `store_full`) when the disk is full.
        """
        formats = export_formats(preset.synth)
        if key and key not in formats:
            title = Path(preset.synth).name
            raise InputError(f"format must be {', '.join(formats)} for {title}, got {key!r}")
        written = self._written(preset, key or formats[0])
        folder = to or written.folder or self.fallback
        try:
            folder.mkdir(parents=True, exist_ok=True)
            return _write_new(folder, safe_stem(preset.name), written)
        except OSError as exc:
            sentence = f"{preset.name!r} cannot be written into {folder}: {exc.strerror}"
            raise StarlingError(sentence, code="store_full") from exc

    def _written(self, preset: Preset, key: str) -> _Written:
        if preset.state:
            return self._state(preset, key)
        special = _SPECIAL_CASES.get((preset.synth in KNOWN, key))
        if special:
            return special(self, preset)
        file_format = _FORMATS[key]
        assert file_format.write is not None
        content = file_format.write(preset.synth, [_entry(preset)])
        return _Written(file_format.suffixes[0], content, export_folder(preset.synth, key))

    def _state(self, preset: Preset, key: str) -> _Written:
        """The file that the plugin was given, which alone is all of the preset."""
        suffix = state_suffix(Path(preset.synth))
        if f".{key}" != suffix:
            title = Path(preset.synth).name
            raise InputError(
                f"format must be {suffix.removeprefix('.')} for {preset.name!r}, which is more "
                f"than the parameters of {title}; got {key!r}"
            )
        return _Written(suffix, preset.state, None)

    def _lv2(self, preset: Preset) -> _Written:
        files = bundle_files(PLUGINS[preset.synth], _entry(preset))
        return _Written(".preset.lv2", files, export_folder(preset.synth, "lv2"))

    def _vstpreset(self, preset: Preset) -> _Written:
        """Through the plugin, which alone knows what its states look like."""
        with PluginStates() as states:
            saved = states.of(Path(preset.synth)).save(self._positions(preset))
        return _Written(".vstpreset", saved.data, vst3_presets(saved.vendor, saved.name))

    def _fxp(self, preset: Preset) -> _Written:
        """Plain floats for any VST2 plugin, under the id that the plugin gives itself."""
        with PluginStates() as states:
            plugin_id = states.of(Path(preset.synth)).identity().encode("latin-1")
        positions = self._positions(preset)
        program = fxp.Program(plugin_id, preset.name, len(positions), values=positions)
        return _Written(".fxp", fxp.write(program), None)

    def _positions(self, preset: Preset) -> tuple[float, ...]:
        """The position 0..1 of each parameter of a plugin."""
        facts = synth_facts(preset.synth, self.cache)
        found: Introspection | None = facts.found
        if found is None or facts.schema.hash != preset.schema_hash:
            title = Path(preset.synth).name
            raise PluginError(f"{title} has changed since {preset.name!r} was scanned; scan again")
        values = facts.schema.validate(preset.values)
        return tuple(found.normalised(at, value) for at, value in enumerate(values.values()))


# By whether Starling knows the synth by name, and the format.
_SPECIAL_CASES: dict[tuple[bool, str], Callable[[Exporter, Preset], _Written]] = {
    (True, "lv2"): Exporter._lv2,
    (False, "vstpreset"): Exporter._vstpreset,
    (False, "fxp"): Exporter._fxp,
}


def _entry(preset: Preset) -> BankPreset:
    return BankPreset(
        preset.name, preset.values, preset.tags, preset.author, schema=preset.schema_hash
    )


def safe_stem(name: str) -> str:
    """A preset's name as a file name for any system."""
    words = re.sub(r'[\x00-\x1f<>:"/\\|?*]+', " ", name)
    short = " ".join(words.split())[:MAX_STEM].encode("utf-8", "replace")[:MAX_STEM_BYTES]
    stem = short.decode("utf-8", "ignore").strip(" .")
    return f"{stem}_" if RESERVED.match(stem) else stem or "preset"


def _write_new(folder: Path, stem: str, written: _Written) -> Path:
    """Claim the first free name and write: `Brass.bank`, `Brass 2.bank`, ..."""
    write = _write_file if isinstance(written.content, bytes) else _write_folder
    for number in itertools.count(1):
        name = stem if number == 1 else f"{stem} {number}"
        try:
            return write(folder / f"{name}{written.suffix}", written.content)
        except FileExistsError:
            continue
    raise AssertionError("unreachable: itertools.count does not end")


def _write_file(path: Path, content: object) -> Path:
    assert isinstance(content, bytes)
    file = open(path, "xb")  # noqa: SIM115 (opening is what claims the name)
    try:
        with file:
            file.write(content)
    except OSError:
        path.unlink(missing_ok=True)
        raise
    return path


def _write_folder(path: Path, content: object) -> Path:
    """A bundle; hosts find it by its manifest, which is therefore written last."""
    assert isinstance(content, Mapping)
    path.mkdir()
    try:
        for name in sorted(content, key=lambda each: each == MANIFEST):
            (path / name).write_bytes(content[name])
    except OSError:
        shutil.rmtree(path, ignore_errors=True)
        raise
    return path
