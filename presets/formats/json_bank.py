"""Starling's own preset files, both JSON: a bank of presets, and a single preset.

    .json              {"format": 1, "synth", "bank", "presets": [{"name", "author", "tags",
                        "values"}]}
    .starling-preset   {"format": "starling-preset", "version": 1, "name", "author", "synth",
                        "schema", "tags", "values", perhaps "bank"; else it is the folder}

Values are in the synth's own units, by parameter name. `schema` is the hash of the parameters that
they are for, so that presets for another version of the synth are recognised.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from starling.models.errors import ParseError
from starling.presets.formats.bank import (
    MAX_VALUES,
    Bank,
    BankPreset,
    Format,
    bank_name,
    check_count,
    is_number,
)

__all__ = ["JSON_BANK", "STARLING_PRESET", "text_of"]

BANK_FORMAT = 1
PRESET_FORMAT = "starling-preset"
PRESET_VERSION = 1
MAX_PRESET = 4 * 2**20  # bytes; a plugin of 10,000 parameters takes 400 KB


def text_of(data: bytes) -> str:
    """UTF-8, UTF-16 with its byte order mark, or else Latin-1, which old editors wrote."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _read_bank(data: bytes, path: Path) -> Bank:
    try:
        content = json.loads(text_of(data))
        version, synth, entries = content["format"], content["synth"], content["presets"]
    except (ValueError, KeyError, TypeError, RecursionError) as exc:
        raise ParseError('no JSON with "format", "synth" and "presets"') from exc
    if version != BANK_FORMAT:
        raise ParseError(f"its format is {version!r}; this Starling reads {BANK_FORMAT}")
    if not (isinstance(synth, str) and isinstance(entries, list)):
        raise ParseError('"synth" must be a name and "presets" a list')
    check_count(len(entries))
    bank = content.get("bank")
    name = bank if isinstance(bank, str) else bank_name(path)
    return Bank(name, synth, tuple(_entry(each) for each in entries))


def _read_preset(data: bytes, path: Path) -> Bank:
    try:
        content = json.loads(text_of(data))
        kind, version, synth = content["format"], content["version"], content["synth"]
    except (ValueError, KeyError, TypeError, RecursionError) as exc:
        raise ParseError('no JSON with "format", "version" and "synth"') from exc
    if (kind, version) != (PRESET_FORMAT, PRESET_VERSION):
        known = f"{PRESET_FORMAT!r} {PRESET_VERSION}"
        raise ParseError(f"its format is {kind!r} {version!r}; this Starling reads {known}")
    if not isinstance(synth, str):
        raise ParseError('"synth" must be a name')
    bank = content.get("bank")
    name = bank if isinstance(bank, str) else path.parent.name
    return Bank(name, synth, (_entry(content),))


def _entry(entry: object) -> BankPreset:
    if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
        return BankPreset("(unnamed)", {}, problem="it has no name")
    name, values = entry["name"], entry.get("values")
    problem = _problem(values)
    if problem:
        return BankPreset(name, {}, problem=problem)
    listed = entry.get("tags", [])
    tags = tuple(str(tag) for tag in listed) if isinstance(listed, list) else ()
    schema = entry.get("schema", "")
    return BankPreset(
        name,
        {key: float(value) for key, value in entry["values"].items()},
        tags,
        str(entry.get("author", "")),
        schema=schema if isinstance(schema, str) else "",
    )


def _problem(values: object) -> str:
    """What is wrong with an entry's values; "" if nothing is."""
    if not isinstance(values, dict):
        return 'its "values" are not numbers by parameter name'
    if len(values) > MAX_VALUES:
        return f"it has {len(values):,} values; at most {MAX_VALUES:,} are read"
    wrong = [
        f"{name[:60]} = {str(value)[:20]}" for name, value in values.items() if not is_number(value)
    ]
    return f"not a number: {_some(wrong)}" if wrong else ""


def _some(texts: Sequence[str], most: int = 5) -> str:
    more = f" and {len(texts) - most} more" if len(texts) > most else ""
    return ", ".join(texts[:most]) + more


def _write_bank(synth: str, presets: Sequence[BankPreset]) -> bytes:
    entries = [
        {**_fields(preset), **({"schema": preset.schema} if preset.schema else {})}
        for preset in presets
    ]
    return _dumped({"format": BANK_FORMAT, "synth": synth, "presets": entries})


def _write_preset(synth: str, presets: Sequence[BankPreset]) -> bytes:
    """The first of the presets; the file holds one."""
    preset = presets[0]
    head = {"format": PRESET_FORMAT, "version": PRESET_VERSION, "synth": synth}
    return _dumped({**head, "schema": preset.schema, **_fields(preset)})


def _fields(preset: BankPreset) -> dict[str, Any]:
    return {
        "name": preset.name,
        "author": preset.author,
        "tags": list(preset.tags),
        "values": dict(preset.values),
    }


def _dumped(content: Mapping[str, Any]) -> bytes:
    return (json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


JSON_BANK = Format("json", "Starling bank", (".json",), _read_bank, _write_bank)
STARLING_PRESET = Format(
    "starling-preset",
    "Starling preset",
    (".starling-preset",),
    _read_preset,
    _write_preset,
    MAX_PRESET,
)
