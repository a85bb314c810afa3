"""Which preset files a scan reads, and what a file's presets are for the library."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from starling.models.errors import MissingError
from starling.presets.formats.clean_names import cleaned, cleaned_tags
from starling.presets.formats.lv2 import MANIFEST
from starling.presets.formats.table import MAX_BYTES, Bank, BankPreset, format_of, read_bank
from starling.presets.formats.version_differences import misfit
from starling.presets.library.identity import content_of
from starling.presets.library.sources import NewPreset, SourceFile
from starling.presets.library.tables import stored_path, stored_values
from starling.presets.library.tags import name_tags
from starling.presets.sandbox.plugin_state import PluginStates
from starling.presets.scan.opaque_presets import is_of, read_opaque
from starling.presets.scan.synth_facts import KNOWN, SynthFacts
from starling.presets.scan.walk import Found, find_files
from starling.presets.synths import introspect
from starling.presets.synths.plugin_files import file_hash, plugin_path
from starling.presets.synths.preset_folders import PLACES, preset_places

DEFAULT_PRESET = "Default"  # what a plugin plays when it is loaded


def default_synths() -> list[str]:
    """The synths that a scan covers when none is named: all known ones that are there."""
    return [name for name in PLACES if not absence(name)]


def absence(synth: str) -> str:
    """Why a synth that Starling knows by name cannot be used, and what to do; "" if it can."""
    try:
        KNOWN[synth]()
    except MissingError as exc:
        return str(exc)
    return ""


def files_to_scan(synths: Sequence[str], folders: Iterable[Path]) -> Found:
    """The installed banks of the synths, plugins given by path, and the users' folders."""
    banks = find_files(path for synth in synths for path in preset_places(synth))
    plugins = [plugin_path(synth) for synth in synths if synth not in PLACES]
    own = find_files(folders)
    files = list(dict.fromkeys([*banks.files, *plugins, *own.files]))
    return Found(files, [*banks.refused, *own.refused], own.unread)


def stat_of(path: Path) -> tuple[int, int] | None:
    """When a source last changed (ns) and its bytes; of an LV2 bundle, all of its files.

    None when it has gone meanwhile. Raises OSError where the system refuses.
    """
    try:
        files = list(path.parent.iterdir()) if _bundled(path) else [path]
        stats = [each.stat() for each in files]
    except FileNotFoundError:
        return None
    return max(stat.st_mtime_ns for stat in stats), sum(stat.st_size for stat in stats)


def _bundled(path: Path) -> bool:
    return path.name.lower() == MANIFEST and path.exists()


def describe_file(path: Path, stamp: str, known: SourceFile | None) -> SourceFile:
    """A source as it is now. The file is read only if its time or size has changed.

    Raises MissingError when it has gone.
    """
    now = stat_of(path)
    if now is None:
        raise MissingError(f"no preset file at {path}")
    unchanged = known is not None and (known.mtime_ns, known.size) == now
    digest = known.hash if known and unchanged else _digest(path, *now)
    return SourceFile(stored_path(path), digest, *now, stamp)


def _digest(path: Path, changed: int, size: int) -> str:
    """The hash of a source's content; of one that is too large to be read, of its time and size."""
    if format_of(path) and size > MAX_BYTES:
        return hashlib.sha256(f"{changed} {size}".encode()).hexdigest()
    return file_hash(path.parent if _bundled(path) else path)


def read_source(
    path: Path,
    plugins: Sequence[SynthFacts],
    before: Collection[str] = (),
    states: PluginStates | None = None,
) -> Bank:
    """The presets of a file; of a plugin, the one that it starts with.

    Presets of plain floats go to the plugin of the scan that the file names, if it has as many
    parameters; of several such, to one of `before`. What only a plugin knows is looked up through
    `states`. Raises ParseError.
    """
    if states is None:
        with PluginStates() as own:
            return read_source(path, plugins, before, own)
    plugin = next((facts for facts in plugins if facts.name == str(path)), None)
    if plugin:
        preset = BankPreset(DEFAULT_PRESET, plugin.schema.defaults())
        return Bank(path.stem, plugin.name, (preset,))
    bank = read_bank(path)
    if bank.synth or not bank.presets:
        return _here(bank, plugins)
    bank, owner = read_opaque(bank, path.suffix, plugins, states)
    return _of_plugin(bank, owner) if owner else _adopted(bank, plugins, before, states)


def _here(bank: Bank, plugins: Sequence[SynthFacts]) -> Bank:
    """A bank for a plugin by path, which may lie elsewhere on this machine: by its file's name."""
    names = [facts.name for facts in plugins]
    same = [name for name in names if Path(name).name == Path(bank.synth).name]
    moved = bank.synth not in names and len(same) == 1
    return replace(bank, synth=same[0]) if moved else bank


def _of_plugin(bank: Bank, plugin: SynthFacts) -> Bank:
    """The bank with its positions turned into values by the plugin's names."""
    found = plugin.found
    assert found is not None
    presets = tuple(_named(preset, found) for preset in bank.presets)
    return replace(bank, synth=plugin.name, presets=presets)


def _adopted(
    bank: Bank, plugins: Sequence[SynthFacts], before: Collection[str], states: PluginStates
) -> Bank:
    count = max((len(preset.floats) for preset in bank.presets), default=0)
    as_many = [p for p in plugins if p.found and count and len(p.schema.parameters) == count]
    named = bank.plugin.strip("\0 ")  # what nobody filled in names no plugin
    fitting = [
        p
        for p in as_many
        if not named or is_of(bank, states.of(Path(p.name)), unknown=p.name in before)
    ]
    fitting = [p for p in fitting if p.name in before] or fitting
    if len(fitting) == 1 and count:
        return _of_plugin(bank, fitting[0])
    which = ", ".join(Path(p.name).name for p in fitting)
    if not count:
        reason = "it holds no values"
    elif which:
        reason = f"{which} all take {count} values"
    elif as_many:
        reason = f"it is for the plugin {bank.plugin!r}, which was not scanned"
    else:
        reason = f"no scanned plugin takes its {count} values"
    presets = tuple(BankPreset(p.name, {}, problem=p.problem or reason) for p in bank.presets)
    return replace(bank, synth="unknown", presets=presets)


def _named(preset: BankPreset, found: introspect.Introspection) -> BankPreset:
    names = found.schema.names()
    if preset.problem or len(preset.floats) != len(names):
        problem = preset.problem or f"it has {len(preset.floats)} values, not {len(names)}"
        return BankPreset(preset.name, {}, problem=problem)
    values = {
        name: found.value(index, position)
        for index, (name, position) in enumerate(zip(names, preset.floats, strict=True))
    }
    return replace(preset, values=values, floats=())


def new_presets(bank: Bank, facts: SynthFacts | None) -> list[NewPreset]:
    """A bank's presets, checked against the synth's parameters."""
    return [_new_preset(bank, preset, facts) for preset in bank.presets]


def _new_preset(bank: Bank, preset: BankPreset, facts: SynthFacts | None) -> NewPreset:
    problem = preset.problem
    values: Mapping[str, float] = {}
    if facts is None:
        problem = problem or (absence(bank.synth) if bank.synth in KNOWN else "")
        problem = problem or f"the synth {bank.synth!r} is not installed or was not scanned"
    elif not problem:
        problem = misfit(facts.schema, preset)
        values = {} if problem else facts.schema.validate(preset.values)
    tags = preset.tags or name_tags(preset.name, bank.name)
    synth = facts.name if facts else cleaned(bank.synth)
    is_read = facts is not None and not problem
    return NewPreset(
        name=cleaned(preset.name) or "(unnamed)",
        bank=cleaned(bank.name),
        author=cleaned(preset.author),
        tags=cleaned_tags(tags),
        synth=synth,
        values=values,
        schema_hash=facts.schema.hash if facts else "",
        fingerprint=_fingerprint(bank, preset, values, problem, facts),
        problem=cleaned(problem),
        content=content_of(synth, stored_values(values), preset.state) if is_read else "",
        sound=_sound(values, preset.state, facts) if facts and not problem else "",
        state=preset.state if is_read else b"",
    )


def _sound(values: Mapping[str, float], state: bytes, facts: SynthFacts) -> str:
    """Equal for presets that sound the same: the synth's file, all values and the state are."""
    text = f"{facts.stamp}\n{stored_values(values)}\n"
    return hashlib.sha256(text.encode() + state).hexdigest()


def _fingerprint(
    bank: Bank,
    preset: BankPreset,
    values: Mapping[str, float],
    problem: str,
    facts: SynthFacts | None,
) -> str:
    """Changes with whatever the library would have to store or embed again."""
    stamp = facts.stamp if facts else ""
    content = [bank.name, bank.synth, stamp, preset.author, preset.tags, dict(values), problem]
    content += [hashlib.sha256(preset.state).hexdigest()] if preset.state else []
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
