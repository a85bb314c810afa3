"""Presets that were made for another version of a synth: which of its parameters differ."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from starling.models.errors import StarlingError
from starling.presets.formats.bank import Bank, BankPreset
from starling.presets.formats.schema import Parameter, Schema, schema_of

__all__ = ["differences", "keep", "kept", "misfit", "remarks"]

NAMED = 5  # parameters named in a sentence
FIELDS = ("minimum", "maximum", "default", "kind", "steps", "labels")


def keep(folder: Path, schema: Schema) -> None:
    """Store a schema by its hash, so that presets made for it are recognised later."""
    path = _path(folder, schema.hash)
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}.part")
        part.write_text(json.dumps(asdict(schema)), encoding="utf-8")
        part.replace(path)


def kept(folder: Path, schema_hash: str) -> Schema | None:
    """The schema of a hash, if a scan has met it."""
    try:
        schema = schema_of(json.loads(_path(folder, schema_hash).read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None  # never met, or damaged: then only the values themselves can be compared
    return schema if schema.hash == schema_hash else None


def _path(folder: Path, schema_hash: str) -> Path:
    safe = schema_hash if schema_hash.isalnum() and len(schema_hash) <= 64 else "none"
    return folder / f"schema-{safe}.json"


def differences(old: Schema, new: Schema) -> list[str]:
    """What changed between two versions, a clause for each parameter.

    >>> knob = Parameter("cutoff", 0, 1, 0.5)
    >>> differences(Schema("s", "1", (knob,)), Schema("s", "2", ()))
    ['cutoff is gone']
    """
    before = {parameter.name: parameter for parameter in old.parameters}
    after = {parameter.name: parameter for parameter in new.parameters}
    gone = [f"{name} is gone" for name in before if name not in after]
    fresh = [f"{name} is new" for name in after if name not in before]
    both = [(before[name], after[name]) for name in before if name in after]
    changed = [clause for a, b in both if (clause := _change(a, b))]
    return [*gone, *fresh, *changed]


def _change(old: Parameter, new: Parameter) -> str:
    changes = [
        f"{field} {_shown(getattr(old, field))} is now {_shown(getattr(new, field))}"
        for field in FIELDS
        if getattr(old, field) != getattr(new, field)
    ]
    return f"{new.name}: {', '.join(changes)}" if changes else ""


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return "/".join(value) or "none"
    return f"{value:g}" if isinstance(value, float) else str(value)


def misfit(schema: Schema, preset: BankPreset) -> str:
    """All that keeps a preset's values from being played, in one sentence; "" if nothing does."""
    wrong = list(_wrong(schema, preset.values))
    if not wrong:
        return ""
    other = preset.schema and preset.schema != schema.hash
    head = f"it was made for another version of {schema.synth}: " if other else ""
    return head + _listed(wrong)


def _wrong(schema: Schema, values: Mapping[str, float]) -> Iterator[str]:
    for name, value in values.items():
        try:
            schema.validate({name: value})
        except StarlingError as exc:
            yield str(exc)


def remarks(bank: Bank, schema: Schema, folder: Path) -> list[str]:
    """A sentence for each other version of the synth that presets of a bank were made for."""
    others = dict.fromkeys(preset.schema for preset in bank.presets if preset.schema)
    return [_remark(bank, each, schema, folder) for each in others if each != schema.hash]


def _remark(bank: Bank, schema_hash: str, schema: Schema, folder: Path) -> str:
    head = f"made for another version of {schema.synth}"
    old = kept(folder, schema_hash)
    if old is not None:
        return f"{head}: {_listed(differences(old, schema)) or 'the same parameters'}"
    named = {
        name for preset in bank.presets if preset.schema == schema_hash for name in preset.values
    }
    absent = [name for name in schema.names() if name not in named]
    unknown = [name for name in named if name not in schema.names()]
    clauses = [f"{name} is gone" for name in sorted(unknown)]
    clauses += [f"{name} is not in it" for name in absent]
    return f"{head}, which was never scanned here: {_listed(clauses) or 'all names are known'}"


def _listed(clauses: Iterable[str]) -> str:
    texts: Sequence[str] = list(clauses)
    more = f"; and {len(texts) - NAMED} more" if len(texts) > NAMED else ""
    return "; ".join(texts[:NAMED]) + more
