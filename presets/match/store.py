"""Matches as presets of the library: a file for each variant, embedded and searchable.

They outlive the library's index: a scan finds the files again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from starling.models.errors import StarlingError
from starling.presets.formats.schema import Schema
from starling.presets.formats.table import BankPreset, read_bank
from starling.presets.library import sources, writer
from starling.presets.library.database import LibraryDatabase
from starling.presets.library.tables import stored_path
from starling.presets.match.pipeline import MatchResult
from starling.presets.match.variants import Variant
from starling.presets.scan.embed_presets import EmbeddingPool
from starling.presets.scan.export import safe_stem
from starling.presets.scan.preset_files import describe_file, new_presets
from starling.presets.scan.synth_facts import synth_facts
from starling.presets.scan.update import MATCHES
from starling.presets.synths.plugin import SCHEMAS

BANK = "Matches"
SUFFIX = ".starling-preset"
TAG = "match"


def store_matches(
    library: LibraryDatabase, matched: MatchResult, cancelled: Callable[[], bool] = lambda: False
) -> list[int]:
    """Put the variants into the library; their ids, in order.

    Raises StarlingError (code `store_full`) when the disk does not take them, and CancelledError;
    then none is stored.
    """
    folder = library.folder / MATCHES
    paths: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for variant in matched.variants:
            content = preset_file(matched.synth, matched.schema, variant)
            paths.append(_written(folder, safe_stem(variant.name), content))
        ids = [_put(library, matched.synth, path) for path in paths]
        _embed(library, ids, cancelled)
    except BaseException as exc:
        for path in paths:
            path.unlink(missing_ok=True)
        sources.forget_files(library, [stored_path(path) for path in paths])
        if isinstance(exc, OSError):
            sentence = f"the matches cannot be written into {folder}: {exc.strerror}"
            raise StarlingError(sentence, code="store_full") from exc
        raise
    return ids


def preset_file(synth: str, schema: Schema, variant: Variant) -> bytes:
    """A variant as a file of ours that says which bank it belongs to."""
    from starling.presets.formats.json_bank import STARLING_PRESET

    assert STARLING_PRESET.write is not None
    entry = BankPreset(variant.name, variant.values, (TAG,), schema=schema.hash)
    content = json.loads(STARLING_PRESET.write(synth, [entry]))
    return (json.dumps({**content, "bank": BANK}, indent=1, ensure_ascii=False) + "\n").encode()


def _written(folder: Path, stem: str, content: bytes) -> Path:
    """A new file of this name, or with a number after it."""
    number = 1
    while True:
        name = stem if number == 1 else f"{stem} ({number})"
        path = folder / f"{name}{SUFFIX}"
        try:
            with open(path, "xb") as file:
                file.write(content)
            return path
        except FileExistsError:
            number += 1


def _put(library: LibraryDatabase, synth: str, path: Path) -> int:
    """Enter a file into the library as a scan would; the id of its preset."""
    facts = synth_facts(synth, library.folder / SCHEMAS)
    source = describe_file(path, f"{library.embedder.key} {facts.stamp}", None)
    sources.put_source(library, source, new_presets(read_bank(path), facts))
    return library.select("source = ?", (source.path,))[0].id


def _embed(library: LibraryDatabase, ids: Sequence[int], cancelled: Callable[[], bool]) -> None:
    presets = [library.preset(preset_id) for preset_id in ids]
    for batch in EmbeddingPool(1, library.embedder, library.folder / SCHEMAS).embed(
        presets, cancelled
    ):
        writer.commit_scanned(library, batch)
    writer.finish(library)
