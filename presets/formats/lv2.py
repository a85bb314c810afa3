"""LV2 preset bundles: a folder with `manifest.ttl` and the files that it names. Turtle by rdflib.

A preset gives values to a plugin's ports by symbol. A plugin's own state, which some presets hold
beside or instead of that, only the plugin can read.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from starling.models.errors import ParseError
from starling.presets.formats import amsynth
from starling.presets.formats.bank import Bank, BankPreset, Format, check_count, is_number

if TYPE_CHECKING:
    from rdflib import Graph

__all__ = ["LV2_BUNDLE", "MANIFEST", "PLUGINS", "bundle_files"]

MANIFEST = "manifest.ttl"
BODY = "preset.ttl"  # beside the manifest, in bundles of ours
MAX_TURTLE = 4 * 2**20  # bytes of one file; amsynth's largest bank of 128 presets is 400 KB
MAX_BUNDLE = 16 * 2**20  # bytes of all: amsynth's 28 banks are 11 MB, which take a minute to parse
MAX_FILES = 200  # of a bundle
# Plugins whose ports are a synth's parameters, by name and in its own units.
PLUGINS = {amsynth.NAME: "http://code.google.com/p/amsynth/amsynth"}
_SYNTHS = {uri: synth for synth, uri in PLUGINS.items()}
LV2 = "http://lv2plug.in/ns/lv2core#"
PSET = "http://lv2plug.in/ns/ext/presets#"
STATE = "http://lv2plug.in/ns/ext/state#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
BASE = "file:///bundle/"  # what the relative addresses within a bundle are relative to

_PREFIXES = f"@prefix lv2: <{LV2}> .\n@prefix pset: <{PSET}> .\n@prefix rdfs: <{RDFS}> .\n\n"
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})


def bundle_files(plugin: str, preset: BankPreset) -> dict[str, bytes]:
    """The files of a bundle of one preset of the plugin (its URI), by name."""
    label = preset.name.translate(_ESCAPES)
    what = f'a pset:Preset ;\n    lv2:appliesTo <{plugin}> ;\n    rdfs:label "{label}" ;\n'
    ports = " , ".join(
        f'[\n        lv2:symbol "{name}" ;\n        pset:value {float(value)!r}\n    ]'
        for name, value in preset.values.items()
    )
    texts = {
        MANIFEST: f"<{BODY}>\n    {what}    rdfs:seeAlso <{BODY}> .\n",
        BODY: f"<>\n    {what}    lv2:port {ports} .\n",
    }
    return {name: (_PREFIXES + text).encode() for name, text in texts.items()}


def _read(data: bytes, path: Path) -> Bank:
    """The presets of a bundle; none for a bundle of something else."""
    name = path.parent.name.removesuffix(".lv2")
    if PSET.encode() not in data:
        return Bank(name, "", ())
    graph, remarks = _graph(data, path.parent)
    found = _presets(graph)
    synths = {synth for synth, _ in found}
    synth = min(synths, key=lambda each: (each not in PLUGINS, each), default="")
    presets = (preset if of == synth else _for_another(preset, of) for of, preset in found)
    return Bank(name, synth, tuple(presets), tuple(remarks))


def _for_another(preset: BankPreset, plugin: str) -> BankPreset:
    """A preset of another plugin than the bundle's others; one whose synth is known leads."""
    return BankPreset(preset.name, {}, problem=f"it is for the plugin {plugin}")


def _graph(manifest: bytes, folder: Path) -> tuple[Graph, list[str]]:
    """The manifest and the files in the bundle that it names for its presets."""
    from rdflib import RDF, Graph, URIRef  # a third of a second

    graph = Graph()
    _parse(graph, manifest, MANIFEST)
    remarks = []
    names = {
        unquote(str(file).removeprefix(BASE))
        for preset in set(graph.subjects(RDF.type, URIRef(PSET + "Preset")))
        for file in graph.objects(preset, URIRef(RDFS + "seeAlso"))
        if str(file).startswith(BASE)
    }
    if len(names) > MAX_FILES:
        raise ParseError(f"it names {len(names)} files; at most {MAX_FILES} are read")
    left = MAX_BUNDLE
    for name in sorted(names - {MANIFEST}):
        try:
            content = _bytes(folder, name, left)
            left -= len(content)
            _parse(graph, content, name)
        except ParseError as exc:
            remarks.append(f"{name} was left out: {exc}")
    return graph, remarks


def _bytes(folder: Path, name: str, left: int) -> bytes:
    """A file of the bundle itself, of which `left` bytes may still be read. Raises ParseError."""
    path = folder / name
    if Path(name).name != name or not path.is_file():
        raise ParseError("there is no such file in the bundle")
    size = path.stat().st_size
    if size > MAX_TURTLE:
        raise ParseError(f"it has more than {MAX_TURTLE // 2**20} MB")
    if size > left:
        raise ParseError(f"the bundle's files have more than {MAX_BUNDLE // 2**20} MB")
    return path.read_bytes()


def _parse(graph: Graph, data: bytes, name: str) -> None:
    """Add a file's statements. Raises ParseError for what is no Turtle."""
    _quiet()
    try:
        graph.parse(data=data, format="turtle", publicID=BASE + quote(name))
    except RecursionError as exc:
        raise ParseError("its brackets are nested too deeply") from exc
    except Exception as exc:  # rdflib raises a dozen kinds, some of them bare
        raise ParseError(f"it is no Turtle: {_first_line(str(exc))}") from exc


def _quiet() -> None:
    """Keep rdflib's warnings, which quote the file's raw text, from the terminal and the log."""
    logging.getLogger("rdflib").setLevel(logging.CRITICAL + 1)


def _first_line(text: str) -> str:
    return next(filter(None, map(str.strip, text.splitlines())), "it cannot be parsed")[:100]


def _presets(graph: Graph) -> list[tuple[str, BankPreset]]:
    """Each preset with its synth: a name where Starling knows the plugin, else the URI."""
    from rdflib import RDF, URIRef

    subjects = sorted(set(graph.subjects(RDF.type, URIRef(PSET + "Preset"))), key=str)
    check_count(len(subjects))
    found = []
    for subject in subjects:
        plugin = str(graph.value(subject, URIRef(LV2 + "appliesTo")) or "")
        label = graph.value(subject, URIRef(RDFS + "label"))
        name = str(label) if label is not None else _last_part(str(subject))
        found.append((_SYNTHS.get(plugin, plugin), _preset(graph, subject, name, plugin)))
    return found


def _preset(graph: Graph, subject: Any, name: str, plugin: str) -> BankPreset:
    from rdflib import URIRef

    values: dict[str, float] = {}
    for port in graph.objects(subject, URIRef(LV2 + "port")):
        symbol = graph.value(port, URIRef(LV2 + "symbol"))
        value = _number(graph.value(port, URIRef(PSET + "value")))
        if symbol is None or value is None:
            return BankPreset(name, {}, problem=f"the port {symbol} has no number for a value")
        values[str(symbol)] = value
    if not values and (subject, URIRef(STATE + "state"), None) in graph:
        return BankPreset(name, {}, problem=f"only the plugin {plugin} can read its state")
    return BankPreset(name, _limited(values, plugin))


def _number(literal: Any) -> float | None:
    try:
        value = float(literal)
    except (TypeError, ValueError, OverflowError):
        return None
    return value if is_number(value) else None


def _limited(values: Mapping[str, float], plugin: str) -> dict[str, float]:
    """Values within their ranges, which hosts round to six digits and may leave a little."""
    known = {p.name: p for p in amsynth.PARAMETERS} if _SYNTHS.get(plugin) else {}
    return {
        name: min(max(value, known[name].minimum), known[name].maximum) if name in known else value
        for name, value in values.items()
    }


def _last_part(uri: str) -> str:
    return unquote(re.split(r"[/#]", uri)[-1]).removesuffix(".ttl")


LV2_BUNDLE = Format("lv2", "LV2 preset bundle", (MANIFEST,), _read, most=MAX_TURTLE)
