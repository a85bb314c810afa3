"""What a scan must know of a synth before it reads presets for it: parameters, and a stamp."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from starling.models.errors import MissingError
from starling.presets.formats import amsynth, dx7
from starling.presets.formats.schema import Schema
from starling.presets.formats.table import STARLING
from starling.presets.sandbox.client import Sandbox
from starling.presets.sandbox.niceness import NICENESS
from starling.presets.synths import introspect
from starling.presets.synths.dexed import library_file
from starling.presets.synths.plugin import require_amsynth
from starling.presets.synths.plugin_files import file_hash, plugin_path


@dataclass(frozen=True, slots=True)
class SynthFacts:
    """A synth's parameters; `stamp` changes whenever its presets may sound different."""

    name: str
    schema: Schema
    stamp: str
    found: introspect.Introspection | None = None  # of a plugin given by path


def synth_facts(synth: str, cache: Path) -> SynthFacts:
    """The facts of a synth by name, or of a plugin by path. Plugins are opened in a sandbox.

    Raises MissingError when it is not installed, PluginError when it cannot be opened.
    """
    known = KNOWN.get(synth)
    return known() if known else _plugin(synth, cache)


def _starling() -> SynthFacts:
    from starling.presets.synths.faust import SOURCE, read_schema  # loads DawDreamer

    schema = read_schema()
    return SynthFacts(STARLING, schema, _stamp(schema, file_hash(SOURCE)))


def _amsynth() -> SynthFacts:
    stamp = _stamp(amsynth.SCHEMA, file_hash(require_amsynth()))
    return SynthFacts(amsynth.NAME, amsynth.SCHEMA, stamp)


def _dexed() -> SynthFacts:
    return SynthFacts(dx7.NAME, dx7.SCHEMA, _stamp(dx7.SCHEMA, file_hash(library_file())))


KNOWN: dict[str, Callable[[], SynthFacts]] = {
    STARLING: _starling,
    amsynth.NAME: _amsynth,
    dx7.NAME: _dexed,
}


def _plugin(identifier: str, cache: Path) -> SynthFacts:
    path = plugin_path(identifier)
    digest = file_hash(path)
    file = cache / f"{digest}.json"
    if introspect.load(file) is None:
        with Sandbox(str(path), cache=cache, niceness=NICENESS) as box:
            _ = box.schema  # opening it sweeps the parameters and writes the cache
    found = introspect.load(file)
    if found is None:
        raise MissingError(f"the schema of {path.name} cannot be kept in {cache}")
    return SynthFacts(str(path), found.schema, _stamp(found.schema, digest), found)


def _stamp(schema: Schema, *parts: str) -> str:
    return hashlib.sha256(" ".join((schema.hash, *parts)).encode()).hexdigest()
