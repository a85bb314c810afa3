"""Bring a library up to date with the preset files of the machine: read, render, embed, store.

Only new and changed presets are embedded. A scan that was cancelled or killed goes on where it was:
every batch is stored as a whole, and what is stored is not done again.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from starling.models import lockfile
from starling.models.errors import CancelledError, MissingError, PluginError, StarlingError
from starling.presets.formats import version_differences
from starling.presets.formats.clean_names import cleaned
from starling.presets.library import sources, writer
from starling.presets.library.database import LibraryDatabase, Preset
from starling.presets.library.embedder_choice import follow_default
from starling.presets.library.tables import stored_path
from starling.presets.sandbox.niceness import NICENESS
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
from starling.presets.scan.rehear import rehear
from starling.presets.scan.report import ScanReport
from starling.presets.scan.synth_facts import KNOWN, SynthFacts, synth_facts
from starling.presets.scan.walk import Found
from starling.presets.scan.watched_folders import (
    USER_BANKS,
    away_folders,
    remember_devices,
    watched_folders,
)
from starling.presets.search import build_index
from starling.presets.synths.plugin import SCHEMAS
from starling.presets.synths.plugin_files import is_plugin

LOCK = "scan.lock"  # of the library: held while a scan runs
POLL_S = 0.5  # between two looks whether another scan has ended
MATCHES = "matches"  # folder of the library: what `match_store` keeps there is found again

__all__ = ["LOCK", "MATCHES", "ScanReport", "scan"]

Progress = Callable[[float, str], None]

LOGGER = logging.getLogger("starling.engine.scan")  # the engine's log has its traceback
LOGGER.addHandler(logging.NullHandler())  # a command says it in its list of failures only


def scan(
    library: LibraryDatabase,
    *,
    progress: Progress = lambda fraction, text: None,
    cancelled: Callable[[], bool] = lambda: False,
    synths: Sequence[str] | None = None,
    jobs: int | None = None,
    folders: Iterable[Path] = (),
    retry_failed: bool = False,
    remarks: Iterable[tuple[str, str]] = (),
) -> ScanReport:
    """Read the banks of the synths (None: of all installed) and the folders; embed what is new.

    The library's own folder for banks and the watched folders are always among them.
    `synths` are names or paths of plugins; of the presets that wait, theirs
    are heard then, and those of the users' folders.
    `remarks` come first in the report: what was found before. Raises MissingError for a synth that
    is not installed, or for LanceDB where the library's index needs it, PluginError for a plugin
    that cannot be opened, CancelledError.
    """
    with _alone(library, progress, cancelled):
        names = default_synths() if synths is None else list(synths)
        changed, better = follow_default(library)
        progress(0.0, changed or "looking for presets")
        build_index.check_tier(library)
        if retry_failed:
            writer.release_quarantine(library)
        away = away_folders(library)
        sources.detach_missing(library, away)
        synths_met = _facts(library, names)
        own = (library.folder / USER_BANKS, library.folder / MATCHES)
        found = files_to_scan(names, [*own, *watched_folders(library.folder), *folders])
        with PluginStates(NICENESS) as states:
            files = not_ours(library.folder, found.files)
            failed, odd = _read_files(library, files, synths_met, states)
        covered = None if synths is None else {stored_path(path) for path in files}
        waiting = [
            p
            for p in writer.waiting(library)
            if p.synth in synths_met.requested
            or (p.synth in synths_met.facts and (covered is None or p.source in covered))
        ]
        count = jobs or os.cpu_count() or 1
        added, unheard = _embed(library, waiting, count, progress, cancelled)
        if better is not None:
            unheard += rehear(library, better, count, progress, cancelled)
        sources.forget_detached(library)
        remember_devices(library)
        writer.finish(library)
        build_index.refresh(library, progress, cancelled)
        progress(1.0, f"{library.count()} presets in the library")
        failed = synths_met.failed + _refused(found) + failed + unheard
        notes = [*remarks, *_notes(library, changed, found, away), *odd]
        notes += _duplicates(library) if added else []
        return ScanReport(added, library.count() - added, failed, notes)


@contextmanager
def _alone(
    library: LibraryDatabase, progress: Progress, cancelled: Callable[[], bool]
) -> Iterator[None]:
    """Wait until no other scan of the library runs: two at once would do all the work twice.

    Raises CancelledError while it waits.
    """
    while True:
        with lockfile.held(library.folder / LOCK) as ours:
            if ours:
                yield
                return
        progress(0.0, "another scan of the library is running: waiting for it")
        if cancelled():
            raise CancelledError("the scan was cancelled before it began")
        time.sleep(POLL_S)


def _refused(found: Found) -> list[tuple[str, str]]:
    """The folders and files that the system does not let anybody look at."""
    return [(cleaned(str(path)), cleaned(reason)) for path, reason in found.refused]


def _notes(
    library: LibraryDatabase, changed: str, found: Found, away: Sequence[Path]
) -> list[tuple[str, str]]:
    """What a user should know of a scan beside its files: of folders, kinds, the embedder."""
    notes = [("embedder", changed)] if changed else []
    for folder in away:
        count = sources.presets_below(library, folder)
        kept = f"it is not there now; its {count} presets stay in the library"
        notes.append((cleaned(str(folder)), kept))
    kinds = found.kinds_remark()
    return [*notes, *([("other files", kinds)] if kinds else [])]


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
    return [path for path in sources.known_sources(library) if is_plugin(Path(path))]


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
    known = sources.known_sources(library)
    failed: list[tuple[str, str]] = []
    remarks: list[tuple[str, str]] = []
    for path in sorted(files, key=lambda path: stored_path(path) not in known):
        try:
            before = known.get(stored_path(path))
            source = describe_file(path, stamp, before)
            if source == before:
                continue
            owners = sources.synths_of(library, source.path) or synths.requested
            bank = read_source(path, list(facts.values()), owners, states)
            of = facts.get(bank.synth)
            presets = new_presets(bank, of)
            sources.put_source(library, source, presets, keep=synths.unopened)
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
        "WHERE quarantine = '' GROUP BY synth, schema_hash, parameters, state HAVING copies > 1 "
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
    sounds = writer.sounds_of(library, waiting)
    scanned = writer.heard_before(library, sounds)
    if scanned:
        writer.commit_scanned(library, scanned)
    known = {result.preset for result in scanned}
    copies: dict[str, list[int]] = {}  # of each sound, which is rendered once
    for each in (preset.id for preset in waiting if preset.id not in known):
        copies.setdefault(sounds[each], []).append(each)
    first = [presets[ids[0]] for ids in copies.values()]
    pool = EmbeddingPool(jobs, library.embedder, library.folder / SCHEMAS)
    for batch in pool.embed(first, cancelled):
        results = [replace(r, preset=each) for r in batch for each in copies[sounds[r.preset]]]
        writer.commit_scanned(library, results)
        scanned += results
        if batch:  # of one synth
            synth = Path(presets[batch[0].preset].synth).name
            done = f"heard {len(scanned)} of {len(waiting)} presets ({synth})"
            progress(len(scanned) / len(waiting), done)
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
