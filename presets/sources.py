"""Which preset files a scan reads, and what a file's presets are for the library."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path

from starling.models.errors import StarlingError
from starling.presets import amsynth, introspect
from starling.presets.facts import SynthFacts
from starling.presets.formats import STARLING, Bank, BankPreset, format_of, read_bank
from starling.presets.library_writer import NewPreset, SourceFile
from starling.presets.names import cleaned, cleaned_tags
from starling.presets.plugin_files import file_hash, plugin_path
from starling.presets.plugin_synth import find_amsynth
from starling.presets.tags import name_tags

FACTORY = Path(__file__).with_name("factory.json")
AMSYNTH_BANKS = (  # the distribution's, a local build's, the user's own
    "/usr/share/amsynth/banks",
    "/usr/local/share/amsynth/banks",
    "~/.local/share/amsynth/banks",
)
AMSYNTH_USER_BANK = "~/.amSynth.presets"  # without a suffix; the program's own format
DEFAULT_PRESET = "Default"  # what a plugin plays when it is loaded


def _factory() -> list[Path]:
    return [FACTORY] if FACTORY.is_file() else []


def _amsynth_banks() -> list[Path]:
    return preset_files([Path(folder).expanduser() for folder in AMSYNTH_BANKS])


# The banks that come with each synth that Starling knows by name.
INSTALLED: dict[str, Callable[[], list[Path]]] = {
    STARLING: _factory,
    amsynth.NAME: _amsynth_banks,
}


def default_synths() -> list[str]:
    """The synths that a scan covers when none is named: all of INSTALLED that are there."""
    return [name for name in INSTALLED if name != amsynth.NAME or find_amsynth()]


def preset_files(folders: Iterable[Path]) -> list[Path]:
    """All files in folders, at any depth, that a format claims; sorted, without repeats."""
    found = {
        path.resolve()
        for folder in folders
        if folder.is_dir()
        for path in folder.rglob("*")
        if format_of(path) and path.is_file()
    }
    return sorted(found)


def files_to_scan(synths: Sequence[str], folders: Iterable[Path]) -> list[Path]:
    """The installed banks of the synths, plugins given by path, and the users' folders."""
    files: list[Path] = []
    for synth in synths:
        files += INSTALLED[synth]() if synth in INSTALLED else [plugin_path(synth)]
    return list(dict.fromkeys([*files, *preset_files(folders)]))


def describe_file(path: Path, stamp: str, known: SourceFile | None) -> SourceFile:
    """A source as it is now. The file is read only if its time or size has changed."""
    stat = path.stat()
    if known and (known.mtime_ns, known.size) == (stat.st_mtime_ns, stat.st_size):
        digest = known.hash
    else:
        digest = file_hash(path)
    return SourceFile(str(path), digest, stat.st_mtime_ns, stat.st_size, stamp)


def read_source(path: Path, plugins: Sequence[SynthFacts], before: Collection[str] = ()) -> Bank:
    """The presets of a file; of a plugin, the one that it starts with.

    Presets of plain floats go to the plugin of the scan with as many parameters; of several, to
    one of `before`. Raises ParseError.
    """
    plugin = next((facts for facts in plugins if facts.name == str(path)), None)
    if plugin:
        preset = BankPreset(DEFAULT_PRESET, plugin.schema.defaults())
        return Bank(path.stem, plugin.name, (preset,))
    bank = read_bank(path)
    if bank.synth:
        return bank
    return _adopted(bank, plugins, before)


def _adopted(bank: Bank, plugins: Sequence[SynthFacts], before: Collection[str]) -> Bank:
    count = max((len(preset.floats) for preset in bank.presets), default=0)
    fitting = [p for p in plugins if p.found and len(p.schema.parameters) == count]
    fitting = [p for p in fitting if p.name in before] or fitting
    if len(fitting) == 1 and count:
        found = fitting[0].found
        assert found is not None
        presets = tuple(_named(preset, found) for preset in bank.presets)
        return Bank(bank.name, fitting[0].name, presets)
    which = ", ".join(Path(p.name).name for p in fitting)
    reason = (
        f"{which} all take {count} values"
        if which
        else f"no scanned plugin takes its {count} values"
    )
    reason = reason if count else "it holds no values"
    presets = tuple(BankPreset(p.name, {}, problem=p.problem or reason) for p in bank.presets)
    return Bank(bank.name, "unknown", presets)


def _named(preset: BankPreset, found: introspect.Introspection) -> BankPreset:
    names = found.schema.names()
    if preset.problem or len(preset.floats) != len(names):
        problem = preset.problem or f"it has {len(preset.floats)} values, not {len(names)}"
        return BankPreset(preset.name, {}, problem=problem)
    values = {
        name: found.value(index, position)
        for index, (name, position) in enumerate(zip(names, preset.floats, strict=True))
    }
    return BankPreset(preset.name, values)


def new_presets(bank: Bank, facts: SynthFacts | None) -> list[NewPreset]:
    """A bank's presets, checked against the synth's parameters."""
    return [_new_preset(bank, preset, facts) for preset in bank.presets]


def _new_preset(bank: Bank, preset: BankPreset, facts: SynthFacts | None) -> NewPreset:
    problem = preset.problem
    values: Mapping[str, float] = {}
    if facts is None:
        problem = problem or f"the synth {bank.synth!r} is not installed or was not scanned"
    elif not problem:
        try:
            values = facts.schema.validate(preset.values)
        except StarlingError as exc:
            problem = str(exc)
    tags = preset.tags or name_tags(preset.name, bank.name)
    return NewPreset(
        name=cleaned(preset.name) or "(unnamed)",
        bank=cleaned(bank.name),
        author=cleaned(preset.author),
        tags=cleaned_tags(tags),
        synth=facts.name if facts else cleaned(bank.synth),
        values=values,
        schema_hash=facts.schema.hash if facts else "",
        fingerprint=_fingerprint(bank, preset, values, problem, facts),
        problem=cleaned(problem),
    )


def _fingerprint(
    bank: Bank,
    preset: BankPreset,
    values: Mapping[str, float],
    problem: str,
    facts: SynthFacts | None,
) -> str:
    """Changes with whatever the library would have to store or hear anew."""
    stamp = facts.stamp if facts else ""
    content = [bank.name, bank.synth, stamp, preset.author, preset.tags, dict(values), problem]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
