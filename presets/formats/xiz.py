"""ZynAddSubFX's instruments (.xiz), bytes to the state with which the plugin plays them. Pure.

XML, plain or in gzip: `ZynAddSubFX-data` with the version that wrote it, in it an `INSTRUMENT`
whose `INFO` has name, author and kind. The plugin's state is such XML of a `MASTER`, whose part 0
takes the instrument as it stands; a VST2 chunk has it as the value of DPF's key `state`. Source:
ZynAddSubFX 3.0.6, `src/Misc/Part.cpp`, `Master.cpp`, `src/Plugin/ZynAddSubFX/ZynAddSubFX.cpp`.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from starling.models.errors import ParseError
from starling.presets.formats import fxp
from starling.presets.formats.bank import Bank, BankPreset, Format
from starling.presets.formats.json_bank import text_of

__all__ = ["INSTRUMENT_FILE", "VST2_ID", "Instrument", "chunk", "read"]

VST2_ID = b"ZASF"
GZIP = b"\x1f\x8b"
GZIP_WINDOW = 31  # zlib: a gzip header, the largest window
MAX_XML = 4 * 2**20  # bytes; the largest of the 1,318 instruments that Debian packs has 383 KB
MAX_DEPTH = 64  # of elements; theirs are 11 deep
MAX_TEXT = 1_000  # characters of a name or an author: the plugin's own limit
ROOT, INSTRUMENT, INFO, KIT = "ZynAddSubFX-data", "INSTRUMENT", "INFO", "INSTRUMENT_KIT"
VERSION = ("version-major", "version-minor", "version-revision")
_NUMBER = re.compile(r"[0-9]{1,4}")
_SLOT = re.compile(r"^\d{4}-")  # of a bank: 0038-Reed 6.xiz

# The plugin's kinds by number (MiddleWare.cpp), in words that other synths' presets have too.
KINDS: dict[str, tuple[str, ...]] = {
    "1": ("keys", "piano"),
    "2": ("bell",),  # chromatic percussion
    "3": ("keys", "organ"),
    "4": ("pluck", "guitar"),
    "5": ("bass",),
    "6": ("strings", "solo"),
    "7": ("strings", "ensemble"),
    "8": ("brass",),
    "9": ("wind", "reed"),
    "10": ("wind", "pipe"),
    "11": ("lead", "synth"),
    "12": ("pad", "synth"),
    "13": ("effects", "synth"),
    "14": ("ethnic",),
    "15": ("percussion",),
    "16": ("effects",),
}
# The plugin's own volume is 80 of 127, which it would take for 0 if it stood nowhere.
_STATE = """<?xml version="1.0" encoding="UTF-8"?>
<ZynAddSubFX-data {version}>
<MASTER>
<par name="volume" value="80"/>
<PART id="0">
<par_bool name="enabled" value="yes"/>
{instrument}
</PART>
</MASTER>
</ZynAddSubFX-data>
"""


@dataclass(frozen=True, slots=True)
class Instrument:
    """What a file says of itself, and its element INSTRUMENT as text.

    `version` are the attributes that say which version wrote it: the plugin reads by them.
    """

    name: str
    author: str
    kind: str
    version: Mapping[str, str]
    xml: str


def read(data: bytes) -> Instrument:
    """The instrument of a file. Raises ParseError for anything else, and for one too large."""
    text = text_of(_unpacked(data)).strip().encode("utf-8", "replace")
    found = _elements(text)
    if not found.has_kit:
        raise ParseError(f"it has no {INSTRUMENT} with an {KIT}")
    xml = text[found.begin : text.index(b">", found.end) + 1].decode()
    info = {key: value.strip() for key, value in found.info.items()}
    author = next(iter(info.get("author", "").splitlines()), "")  # licences stand below
    return Instrument(info.get("name", ""), author, found.kind, _version(found.root), xml)


def chunk(instrument: Instrument) -> bytes:
    """The plugin's state with the instrument in part 0, as hosts keep it."""
    version = " ".join(f'{key}="{value}"' for key, value in instrument.version.items())
    state = _STATE.format(version=version, instrument=instrument.xml)
    return b"state\0" + state.encode() + b"\0\0"


def _unpacked(data: bytes) -> bytes:
    """The XML of a file, of which no more is unpacked than is read."""
    if not data.startswith(GZIP):
        return data
    stream = zlib.decompressobj(GZIP_WINDOW)
    try:
        text = stream.decompress(data, MAX_XML + 1)
    except zlib.error as exc:
        raise ParseError("its gzip is damaged") from exc
    if len(text) > MAX_XML:
        raise ParseError(f"it unpacks to more than {MAX_XML // 2**20} MB")
    if not stream.eof:
        raise ParseError("its gzip is cut short")
    return text


def _version(root: Mapping[str, str]) -> dict[str, str]:
    stated = {key: root[key] for key in VERSION if key in root}
    odd = next((value for value in stated.values() if not _NUMBER.fullmatch(value)), None)
    if odd is not None:
        raise ParseError(f"its version has {odd[:20]!r} for a number")
    return stated


@dataclass(slots=True)
class _Elements:
    """What a pass over the XML has found; `path` are the elements that are open."""

    path: list[str] = field(default_factory=list)
    root: dict[str, str] = field(default_factory=dict)
    begin: int = -1  # byte at which the instrument starts, and at which its end tag does
    end: int = -1
    has_kit: bool = False
    info: dict[str, str] = field(default_factory=dict)
    kind: str = ""
    string: str = ""  # of the information: which one is open


def _elements(text: bytes) -> _Elements:
    """One pass over the XML. No entity is ever defined: a DOCTYPE may only name the root."""
    found = _Elements()
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True

    def start(tag: str, attributes: dict[str, str]) -> None:
        if len(found.path) >= MAX_DEPTH:
            raise ParseError(f"its elements are nested more than {MAX_DEPTH} deep")
        found.path.append(tag)
        _started(found, attributes, parser.CurrentByteIndex)

    def end(tag: str) -> None:
        if found.path == [ROOT, INSTRUMENT]:
            found.end = parser.CurrentByteIndex
        found.path.pop()
        found.string = ""

    def characters(letters: str) -> None:
        if found.string:
            found.info[found.string] = (found.info[found.string] + letters)[:MAX_TEXT]

    parser.StartDoctypeDeclHandler = _check_doctype
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = characters
    try:
        parser.Parse(text, True)
    except expat.ExpatError as exc:
        raise ParseError(f"it is no XML: {exc}") from exc
    return found


def _started(found: _Elements, attributes: dict[str, str], at: int) -> None:
    """Note what an element says that has just begun."""
    match found.path:
        case [root]:
            if root != ROOT:
                raise ParseError(f"it is the XML of {root[:40]!r}, not of {ROOT!r}")
            found.root = attributes
        case [_, tag] if tag == INSTRUMENT:
            if found.begin >= 0:
                raise ParseError(f"it has more than one {INSTRUMENT}")
            found.begin = at
        case [_, tag, inner] if (tag, inner) == (INSTRUMENT, KIT):
            found.has_kit = True
        case [_, tag, inner, "string"] if (tag, inner) == (INSTRUMENT, INFO):
            found.string = attributes.get("name", "")
            found.info[found.string] = ""
        case [_, tag, inner, "par"] if (tag, inner) == (INSTRUMENT, INFO):
            if attributes.get("name") == "type":
                found.kind = attributes.get("value", "")


def _check_doctype(name: str, system: str | None, public: str | None, subset: bool) -> None:
    if system or public or subset:
        raise ParseError("its DOCTYPE defines entities or names another file, which is not read")


def _read(data: bytes, path: Path) -> Bank:
    """One preset; the folder is its bank."""
    instrument = read(data)
    name = instrument.name or _SLOT.sub("", path.stem)
    program = fxp.Program(VST2_ID, name, 1, chunk=chunk(instrument))
    preset = BankPreset(
        name,
        {},
        KINDS.get(instrument.kind, ()),
        instrument.author,
        problem="only the plugin ZynAddSubFX (VST2) plays it",
        state=fxp.write(program),
    )
    return Bank(path.parent.name, "", (preset,), plugin=VST2_ID.decode())


INSTRUMENT_FILE = Format("xiz", "ZynAddSubFX instrument", (".xiz",), _read, most=MAX_XML)
