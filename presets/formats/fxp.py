"""VST2 preset files (.fxp) and bank files (.fxb), bytes to values and back. Pure.

Layout, all big-endian: `CcnK`, size of what follows, kind, version, plugin id, plugin version,
count; a preset then has a 28-byte name and `count` floats (`FxCk`) or a sized chunk (`FPCh`).
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from starling.models.errors import ParseError

MAGIC = b"CcnK"
FLOATS, CHUNK, BANK, BANK_CHUNK = b"FxCk", b"FPCh", b"FxBk", b"FBCh"
HEAD = struct.Struct(">4si4si4sii")  # magic, size, kind, version, id, plugin version, count
NAME_SIZE = 28
BANK_RESERVED = 128
MAX_PARAMETERS = 100_000  # a count beyond this is a damaged file


@dataclass(frozen=True, slots=True)
class Program:
    """One preset: `values` are normalised floats by index, or `chunk` is the plugin's own bytes.

    The chunk of a whole bank is a program without a name. `problem` says why one of a bank could
    not be read. `count` says nothing beside a chunk: synths write any number there.
    """

    plugin_id: bytes
    name: str
    count: int
    values: tuple[float, ...] = ()
    chunk: bytes = b""
    plugin_version: int = 1
    problem: str = ""


def write(program: Program) -> bytes:
    """The bytes of an .fxp; the size field is filled in, though hosts accept 0."""
    kind = CHUNK if program.chunk else FLOATS
    name = program.name.encode("latin-1", "replace")[: NAME_SIZE - 1].ljust(NAME_SIZE, b"\0")
    if program.chunk:
        body = struct.pack(">i", len(program.chunk)) + program.chunk
    else:
        body = struct.pack(f">{len(program.values)}f", *program.values)
    size = HEAD.size - 8 + NAME_SIZE + len(body)
    head = HEAD.pack(MAGIC, size, kind, 1, program.plugin_id, program.plugin_version, program.count)
    return head + name + body


def write_bank(programs: Sequence[Program]) -> bytes:
    """The bytes of an .fxb of presets of one plugin; at least one."""
    return _bank_bytes(BANK, programs[0], len(programs), b"".join(map(write, programs)))


def write_bank_chunk(program: Program) -> bytes:
    """The bytes of an .fxb that is one chunk of the plugin's own; `count` are its presets."""
    body = struct.pack(">i", len(program.chunk)) + program.chunk
    return _bank_bytes(BANK_CHUNK, program, program.count, body)


def _bank_bytes(kind: bytes, of: Program, count: int, body: bytes) -> bytes:
    size = HEAD.size - 8 + BANK_RESERVED + len(body)
    head = HEAD.pack(MAGIC, size, kind, 1, of.plugin_id, of.plugin_version, count)
    return head + bytes(BANK_RESERVED) + body


def read(data: bytes) -> list[Program]:
    """The presets of an .fxp or an .fxb; of a bank that is one chunk, that chunk.

    A bank that is cut short or counts wrong has its whole presets, and the cut one by its
    `problem`. Raises ParseError for anything else, and for a preset that is shorter than it says.
    """
    head = _head(data)
    if head.kind in (FLOATS, CHUNK):
        return [_program(data, 0)[0]]
    if head.kind == BANK:
        return _bank(data, head)
    if head.kind == BANK_CHUNK:
        chunk, _ = _chunk(data, HEAD.size + BANK_RESERVED)
        version = head.plugin_version
        return [Program(head.plugin_id, "", head.count, chunk=chunk, plugin_version=version)]
    raise ParseError(f"unknown kind {head.kind!r}; known are FxCk, FPCh, FxBk and FBCh")


@dataclass(frozen=True, slots=True)
class _Head:
    kind: bytes
    plugin_id: bytes
    plugin_version: int
    count: int


def _head(data: bytes, at: int = 0) -> _Head:
    if len(data) - at < HEAD.size:
        raise ParseError(f"{len(data) - at} bytes are too few for an .fxp, which starts with 28")
    magic, _, kind, _, plugin_id, plugin_version, count = HEAD.unpack_from(data, at)
    if magic != MAGIC:
        raise ParseError(f"not a VST2 preset: the file starts with {magic!r}, not {MAGIC!r}")
    if kind == FLOATS and not 0 <= count <= MAX_PARAMETERS:
        raise ParseError(f"the preset claims {count} parameters")
    return _Head(kind, plugin_id, plugin_version, count)


def _bank(data: bytes, head: _Head) -> list[Program]:
    """All presets that follow, however many the bank says that it has."""
    at = HEAD.size + BANK_RESERVED
    programs: list[Program] = []
    while data[at : at + len(MAGIC)] == MAGIC:
        try:
            program, at = _program(data, at)
        except ParseError as exc:
            name = _name(data, at + HEAD.size) or f"preset {len(programs) + 1}"
            programs.append(Program(head.plugin_id, name, 0, problem=str(exc)))
            return programs
        programs.append(program)
    missing = head.count - len(programs)
    if missing > 0:
        problem = f"the bank says that it has {head.count} presets, and {missing} are not there"
        name = f"preset {len(programs) + 1}"
        programs.append(Program(head.plugin_id, name, 0, problem=problem))
    return programs


def _name(data: bytes, at: int) -> str:
    """The name at a byte: UTF-8, which may be cut within a letter, or as in old files Latin-1."""
    name = data[at : at + NAME_SIZE].split(b"\0")[0]
    cut = range(4) if len(name) >= NAME_SIZE - 1 else range(1)
    for left_out in cut:
        try:
            return name[: len(name) - left_out].decode("utf-8").strip()
        except UnicodeDecodeError:
            continue
    return name.decode("latin-1").strip()


def _program(data: bytes, at: int) -> tuple[Program, int]:
    """The preset that starts at a byte, and where it ends."""
    head = _head(data, at)
    start = at + HEAD.size + NAME_SIZE
    name = _name(data, at + HEAD.size)
    common = (head.plugin_id, name, head.count)
    if head.kind == FLOATS:
        end = _within(data, start + 4 * head.count)
        values = struct.unpack_from(f">{head.count}f", data, start)
        return Program(*common, values=values, plugin_version=head.plugin_version), end
    if head.kind != CHUNK:
        raise ParseError(f"a bank holds a preset of the unknown kind {head.kind!r}")
    chunk, end = _chunk(data, start)
    return Program(*common, chunk=chunk, plugin_version=head.plugin_version), end


def _chunk(data: bytes, start: int) -> tuple[bytes, int]:
    """The chunk whose size stands at a byte, and where it ends."""
    _within(data, start + 4)
    size = struct.unpack_from(">i", data, start)[0]
    end = _within(data, start + 4 + max(size, 0))
    return data[start + 4 : end], end


def _within(data: bytes, end: int) -> int:
    if end > len(data):
        raise ParseError(f"the file has {len(data)} bytes but says that it needs {end}")
    return end
