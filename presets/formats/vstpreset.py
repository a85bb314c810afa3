"""VST3 preset files (.vstpreset), bytes to chunks and back. Pure.

Layout, little-endian: `VST3`, version 1, the plugin's class id as 32 hexadecimal digits, the offset
of the list; data; at the offset `List`, a count, and for each chunk its id, offset and size. `Comp`
is the processor's state, `Cont` the controller's, `Info` XML: all but XML is the plugin's own.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass

from starling.models.errors import ParseError

__all__ = ["VstPreset", "read", "write"]

MAGIC, LIST = b"VST3", b"List"
HEAD = struct.Struct("<4si32sq")
ENTRY = struct.Struct("<4sqq")
COUNT = struct.Struct("<4si")
VERSION = 1
MAX_CHUNKS = 128  # the standard knows five ids
_CLASS_ID = re.compile(rb"[0-9A-Fa-f]{32}")


@dataclass(frozen=True, slots=True)
class VstPreset:
    """The plugin's class id (32 digits) and the chunks by id, each four letters."""

    class_id: str
    chunks: Mapping[str, bytes]


def write(preset: VstPreset) -> bytes:
    """The bytes of a .vstpreset file."""
    entries, at = b"", HEAD.size
    for name, chunk in preset.chunks.items():
        entries += ENTRY.pack(name.encode("latin-1"), at, len(chunk))
        at += len(chunk)
    head = HEAD.pack(MAGIC, VERSION, preset.class_id.encode("ascii"), at)
    return b"".join([head, *preset.chunks.values(), COUNT.pack(LIST, len(preset.chunks)), entries])


def read(data: bytes) -> VstPreset:
    """The chunks of a file. Raises ParseError for anything else, also when it is cut short."""
    if len(data) < HEAD.size:
        raise ParseError(f"{len(data)} bytes are too few for a VST3 preset, which starts with 48")
    magic, version, class_id, at = HEAD.unpack_from(data)
    if magic != MAGIC:
        raise ParseError(f"not a VST3 preset: the file starts with {magic!r}, not {MAGIC!r}")
    if version != VERSION:
        raise ParseError(f"its version is {version}; this Starling reads {VERSION}")
    if not _CLASS_ID.fullmatch(class_id):
        raise ParseError(f"its class id {class_id!r} is not 32 hexadecimal digits")
    return VstPreset(class_id.decode("ascii").upper(), _chunks(data, at))


def _chunks(data: bytes, at: int) -> dict[str, bytes]:
    if not HEAD.size <= at <= len(data) - COUNT.size:
        raise ParseError(f"its list should be at byte {at} of {len(data)}: the file is cut short")
    name, count = COUNT.unpack_from(data, at)
    if name != LIST or not 0 <= count <= MAX_CHUNKS:
        raise ParseError(f"at byte {at} is no list of chunks, but {name!r} with {count} entries")
    if at + COUNT.size + count * ENTRY.size > len(data):
        raise ParseError(f"its list of {count} chunks is cut short")
    chunks = {}
    for entry in range(count):
        name, start, size = ENTRY.unpack_from(data, at + COUNT.size + entry * ENTRY.size)
        if not (start >= 0 and size >= 0 and start + size <= len(data)):
            raise ParseError(f"the chunk {name!r} should end at byte {start + size} of {len(data)}")
        chunks[name.decode("latin-1")] = data[start : start + size]
    return chunks
