"""VGM files of the NES's sound chip: register writes, loop and tags, from and to bytes."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass, field, replace
from pathlib import Path

from starling.models.datasets.store import write_whole
from starling.models.dsp.signal import shown_name
from starling.models.errors import InputError, MissingError, ParseError
from starling.models.nes.vgm import commands, gd3, header
from starling.models.nes.vgm.commands import Stream
from starling.models.nes.vgm.gd3 import Tags
from starling.models.nes.vgm.header import Header
from starling.models.nes.writes import MEMORY, Writes, checked, writes_of

MAX_BYTES = 64 * 2**20  # unpacked: an hour of the chip's four voices written at 1 kHz
GZIP = b"\x1f\x8b"
MEMORY_START = 0x8000


@dataclass(frozen=True, slots=True)
class Loop:
    """Where a song goes on when it ends: before the write of this index, at this sample."""

    index: int
    sample: int


@dataclass(frozen=True, slots=True)
class Vgm:
    """A file's register writes, its loop and its tags; `left_out` says what else was in it."""

    writes: Writes
    loop: Loop | None = None
    tags: Tags = field(default_factory=Tags)
    left_out: tuple[str, ...] = ()


def read(path: Path) -> Vgm:
    """Read a .vgm or a .vgz file, whichever its name says.

    Raises MissingError, ParseError (no VGM, cut short, for another chip: which) and InputError
    (over an hour).
    """
    if not path.is_file():
        raise MissingError(f"no VGM file at {path}", code="no_file")
    if path.stat().st_size > MAX_BYTES:
        raise ParseError(f"{shown_name(path)} is larger than {MAX_BYTES >> 20} MB")
    return parse(path.read_bytes(), shown_name(path))


def parse(content: bytes, name: str = "the VGM") -> Vgm:
    """A file's content, compressed or not. Raises as `read` does."""
    content = unpacked(content, name)
    head = header.read(content, name)
    try:
        stream = commands.decode(content, head.data, head.loop)
        plain = writes_of(stream.rows, stream.samples, head.clock)
    except ParseError as error:
        raise ParseError(f"{name} {error}", code=error.code) from error
    except InputError as error:
        raise InputError(f"{name}: {error}", code=error.code) from error
    tags, fault = _tags(content, head)
    memory, lost = _memory(stream)
    writes = checked(replace(plain, memory=memory))
    loop = Loop(*stream.loop) if stream.loop else None
    return Vgm(writes, loop, tags, (*_left_out(head, stream), *lost, *fault))


def unpacked(content: bytes, name: str) -> bytes:
    """The content of a .vgz, or of a file that is not compressed. Raises ParseError."""
    if content[:2] != GZIP:
        return content
    packed = zlib.decompressobj(wbits=31)  # with a gzip header
    try:
        found = packed.decompress(content, MAX_BYTES + 1)
    except zlib.error as error:
        raise ParseError(f"{name} is a damaged .vgz: {error}") from error
    if len(found) > MAX_BYTES:
        raise ParseError(f"{name} unpacks to more than {MAX_BYTES >> 20} MB")
    if not packed.eof:
        raise ParseError(f"{name} is cut short: its compressed data do not end")
    return found


def _tags(content: bytes, head: Header) -> tuple[Tags, tuple[str, ...]]:
    """The tags, and a sentence where they cannot be read: the music is there without them."""
    if not head.tags:
        return Tags(), ()
    try:
        return gd3.read(content, head.tags), ()
    except ParseError as error:
        return Tags(), (str(error),)


def _memory(stream: Stream) -> tuple[bytes, tuple[str, ...]]:
    """The memory 0x8000..0xFFFF as the blocks fill it, and what finds no place there."""
    if not stream.blocks:
        return b"", ()
    memory, filled, lost = bytearray(MEMORY), bytearray(MEMORY), 0
    for address, content in stream.blocks:
        first = max(address - MEMORY_START, 0)
        part = content[max(MEMORY_START - address, 0) :][: MEMORY - first]
        here = slice(first, first + len(part))
        fits = not any(filled[here]) or memory[here] == part
        if fits:
            memory[here], filled[here] = part, b"\1" * len(part)
        lost += len(part) < len(content) or not fits
    said = f"{lost} data blocks beyond 0x8000..0xFFFF, or over earlier ones" if lost else ""
    return bytes(memory), (said,) if said else ()


def _left_out(head: Header, stream: Stream) -> list[str]:
    """A sentence for each thing in a file that is not for the chip."""
    found = [f"{each}, which the file is also for" for each in head.others]
    found += [f"{count} commands for {what}" for what, count in stream.skipped.items()]
    if head.loop and stream.loop is None:
        found.append(f"the loop, which begins inside a command (byte {head.loop:,})")
    if head.samples != stream.samples:
        found.append(f"the header's length, {head.samples} samples: its waits are {stream.samples}")
    return found


def to_bytes(vgm: Vgm) -> bytes:
    """A file of version 1.61, not compressed. Raises InputError for writes or tags out of range."""
    writes, loop = checked(vgm.writes), vgm.loop
    if loop is not None:
        _require_loop(loop, writes)
    before = _block(writes.memory)
    data, place = commands.encode(writes, (loop.index, loop.sample) if loop else None)
    tags = gd3.to_bytes(vgm.tags)
    samples = (writes.samples, writes.samples - loop.sample if loop else 0)
    start = len(before) + place if place >= 0 else -1
    size = len(before) + len(data)
    return header.to_bytes(size, len(tags), start, samples, writes.clock) + before + data + tags


def _block(memory: bytes) -> bytes:
    """The command that fills the memory, without the zeros around what it holds."""
    if not memory:
        return b""
    tail = memory.rstrip(b"\0") or memory[:1]
    body = tail.lstrip(b"\0") or tail
    return commands.block(MEMORY_START + len(tail) - len(body), body)


def _require_loop(loop: Loop, writes: Writes) -> None:
    """Raise InputError for a loop that does not lie between the writes it stands between."""
    if not 0 <= loop.index <= len(writes):
        raise InputError(f"loop index must be 0..{len(writes)}, got {loop.index}")
    low = int(writes.times[loop.index - 1]) if loop.index else 0
    high = int(writes.times[loop.index]) if loop.index < len(writes) else writes.samples
    if not low <= loop.sample <= high:
        raise InputError(f"loop sample must be {low}..{high}, got {loop.sample}")


def write(path: Path, vgm: Vgm) -> None:
    """Write a file by rename, compressed where its name ends in .vgz; equal songs, equal bytes."""
    content = to_bytes(vgm)
    if path.suffix.lower() == ".vgz":
        content = gzip.compress(content, mtime=0)
    write_whole(path, content)
