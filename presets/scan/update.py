"""Bring a library up to date with the preset files of the machine: read, render, embed, store.

Only new and changed presets are embedded. A scan that was cancelled or killed goes on where it was:
every batch is stored as a whole, and what is stored is not done again.
"""

from __future__ import annotations

import logging
import os
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from starling.models.errors import MissingError, PluginError, StarlingError
from starling.presets.formats import version_differences
from starling.presets.formats.clean_names import cleaned
from starling.presets.library import writer
from starling.presets.library.database import LibraryDatabase, Preset
from starling.presets.library.embedder_choice import follow_default
from starling.presets.library.writer import ScannedPreset
from starling.presets.sandbox.plugin_state import PluginStates
from starling.presets.scan.embed_presets import EmbeddingPool
from starling.presets.scan.exported_files import not_ours
from starling.presets.scan.preset_files import (
    default_synths,
    describe_file,
    files_to_scan,
    new_presets,
    read_source,
)
from starling.presets.scan.synth_facts import KNOWN, SynthFacts, synth_facts
from starling.presets.scan.watched_folders import USER_BANKS, watched_folders
from starling.presets.search import build_index
from starling.presets.synths.plugin import SCHEMAS
from starling.presets.synths.plugin_files import is_plugin

MATCHES = "matches"  # folder of the library: what `match_store` keeps there is found again

Progress = Callable[[float, str], None]

LOGGER = logging.getLogger("starling.engine.scan")  # the engine's log has its traceback
LOGGER.addHandler(logging.NullHandler())  # a command says it in its list of failures only


@dataclass(frozen=True, slots=True)
class ScanReport:
    """How many presets are new or renewed, how many were up to date, and which failed, and why.

    `remarks` are files that were read although something is odd about them: name, and what.
    """

    added: int
    kept: int
    failed: list[tuple[str, str]] = field(default_factory=list)
    remarks: list[tuple[str, str]] = field(default_factory=list)


def scan(
    library: LibraryDatabase,
    *,
    progress: Progress = lambda fraction, text: None,
    cancelled: Callable[[], bool] = lambda: False,
    synths: Sequence[str] | None = None,
    jobs: int | None = None,
    folders: Iterable[Path] = (),
    retry_failed: bool = False,
) -> ScanReport:
    """Read the banks of the synths (None: of all installed) and the folders; embed what is new.

    The library's own folder for banks and the watched folders are always among them.
    `synths` are names or paths of plugins. Raises MissingError for one that is not installed, or
    for LanceDB where the library's index needs it, PluginError for a plugin that cannot be opened,
    CancelledError.
    """
    names = default_synths() if synths is None else list(synths)
    changed = follow_default(library)
    progress(0.0, changed or "looking for presets")
    build_index.check_tier(library)
    if retry_failed:
        writer.release_quarantine(library)
    writer.forget_missing(library)
    synths_met = _facts(library, names)
    own = (library.folder / USER_BANKS, library.folder / MATCHES)
    places = [*own, *watched_folders(library.folder), *folders]
    with PluginStates() as states:
        files = not_ours(library.folder, files_to_scan(names, places))
        failed, remarks = _read_files(library, files, synths_met, states)
    remarks += [("embedder", changed)] if changed else []
    waiting = [p for p in writer.waiting(library) if p.synth in synths_met.facts]
    added, unembedded = _embed(library, waiting, jobs or os.cpu_count() or 1, progress, cancelled)
    writer.finish(library)
    build_index.refresh(library, progress, cancelled)
    progress(1.0, f"{library.count()} presets in the library")
    failed = synths_met.failed + failed + unembedded
    remarks += _duplicates(library) if added else []
    return ScanReport(added, library.count() - added, failed, remarks)


@dataclass(frozen=True, slots=True)
class _Synths:
    """Facts by synth; the plugins that did not open, with the reason."""

    facts: dict[str, SynthFacts]
    requested: frozenset[str]
    failed: list[tuple[str, str]]
    unopened: frozenset[str]


def _facts(library: LibraryDatabase, names: Sequence[str]) -> _Synths:
    """Facts of the requested synths, and of all others that the users' banks may be for.

    The others are those that Starling knows by name and the plugins of earlier scans: what a bank
    is for must not depend on today's request.
    """
    cache = library.folder / SCHEMAS
    facts = {found.name: found for found in (synth_facts(name, cache) for name in names)}
    requested = frozenset(facts)
    failed = []
    for name in [*KNOWN, *_scanned_plugins(library)]:
        try:
            facts[name] = facts.get(name) or synth_facts(name, cache)
        except MissingError:
            continue  # not installed and not requested
        except PluginError as exc:
            failed.append((name, str(exc)))
    unopened = frozenset(name for name, _ in failed)
    return _Synths(
        facts, requested, [(Path(name).name, reason) for name, reason in failed], unopened
    )


def _scanned_plugins(library: LibraryDatabase) -> list[str]:
    """The plugins of earlier scans that are still there, by path."""
    return [path for path in writer.known_sources(library) if is_plugin(Path(path))]


def _read_files(
    library: LibraryDatabase, files: Sequence[Path], synths: _Synths, states: PluginStates
) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Put new and changed files into the library.

    What in them cannot be read, with the reason; and what is odd about those that can.
    """
    facts, schemas = synths.facts, library.folder / SCHEMAS
    for each in facts.values():
        version_differences.keep(schemas, each.schema)
    stamp = " ".join([library.embedder.key, *sorted(f.stamp for f in facts.values())])
    known = writer.known_sources(library)
    failed: list[tuple[str, str]] = []
    remarks: list[tuple[str, str]] = []
    for path in files:
        try:
            source = describe_file(path, stamp, known.get(str(path)))
            if source == known.get(str(path)):
                continue
            before = writer.synths_of(library, source.path) or synths.requested
            bank = read_source(path, list(facts.values()), before, states)
            of = facts.get(bank.synth)
            presets = new_presets(bank, of)
            writer.put_source(library, source, presets, keep=synths.unopened)
        except sqlite3.Error:
            raise  # the library's trouble, not the file's
        except Exception as exc:  # one file must not end the scan; what was read from it stays
            failed.append((cleaned(path.name), _reason(exc)))
            continue
        failed += [(_title(p.name, p.bank), p.problem) for p in presets if p.problem]
        odd = [
            *bank.remarks,
            *(version_differences.remarks(bank, of.schema, schemas) if of else ()),
        ]
        remarks += [(cleaned(path.name), cleaned(remark)) for remark in odd]
    return failed, remarks


def _duplicates(library: LibraryDatabase) -> list[tuple[str, str]]:
    """A remark on presets that have exactly the values of another: how many, and an example."""
    query = (
        "SELECT COUNT(*) AS copies, MIN(name) AS name, MAX(name) AS other FROM presets "
        "WHERE quarantine = '' GROUP BY synth, schema_hash, parameters HAVING copies > 1 "
        "ORDER BY copies DESC"
    )
    rows = library.connection().execute(query).fetchall()
    if not rows:
        return []
    copies = sum(row["copies"] - 1 for row in rows)
    which = f"for example {rows[0]['name']!r} and {rows[0]['other']!r}"
    return [("duplicates", f"{copies} of the presets are copies of others by value, {which}")]


def _reason(exc: Exception) -> str:
    """The sentence for a file that could not be read, whatever the damage."""
    if isinstance(exc, (StarlingError, OSError)):
        return cleaned(str(exc))
    LOGGER.error("a preset file could not be read", exc_info=exc)
    return cleaned(f"it cannot be read: {type(exc).__name__}: {exc}")


def _embed(
    library: LibraryDatabase,
    waiting: Sequence[Preset],
    jobs: int,
    progress: Progress,
    cancelled: Callable[[], bool],
) -> tuple[int, list[tuple[str, str]]]:
    """Render and store what waits; how many now can be found, and those that failed."""
    if not waiting:
        return 0, []
    presets = {preset.id: preset for preset in waiting}
    pool = EmbeddingPool(jobs, library.embedder, library.folder / SCHEMAS)
    scanned: list[ScannedPreset] = []
    for batch in pool.embed(waiting, cancelled):
        writer.commit_scanned(library, batch)
        scanned += batch
        progress(len(scanned) / len(waiting), f"heard {len(scanned)} of {len(waiting)} presets")
    scanned.sort(key=lambda result: result.preset)
    failed = [(presets[result.preset], result.reason) for result in scanned if result.reason]
    reasons = [(_title(p.name, p.bank), reason) for p, reason in failed]
    left = presets.keys() - {result.preset for result in scanned}
    counts = Counter(presets[preset_id].synth for preset_id in left)
    for synth, why in sorted(pool.left.items()):
        if counts[synth]:
            which = f"{counts[synth]} presets of {Path(synth).name}"
            reasons.append((which, f"left for another scan: {why}"))
    return len(scanned) - len(failed), reasons


def _title(name: str, bank: str) -> str:
    return f"{name} ({bank})"
