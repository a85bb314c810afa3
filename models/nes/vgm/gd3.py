"""The GD3 tag of a VGM file: eleven texts in UTF-16, each ended by a zero.

Source: the GD3 specification 1.00.
"""

from __future__ import annotations

import struct
from dataclasses import astuple, dataclass

from starling.models.errors import InputError, ParseError

MAGIC = b"Gd3 "
VERSION = 0x100
HEAD = struct.Struct("<4sII")  # magic, version, bytes that follow
MAX_BYTES = 2**20  # pages of notes take some kB


@dataclass(frozen=True, slots=True)
class Tags:
    """Title, game, system and author in English and as written, date, who made the file, notes."""

    title: str = ""
    title_original: str = ""
    game: str = ""
    game_original: str = ""
    system: str = ""
    system_original: str = ""
    author: str = ""
    author_original: str = ""
    date: str = ""
    creator: str = ""
    notes: str = ""


COUNT = len(Tags.__slots__)


def read(content: bytes, at: int) -> Tags:
    """The tags at a place of a file. Raises ParseError where they are damaged."""
    if at + HEAD.size > len(content):
        raise ParseError("the GD3 tag is cut short")
    magic, _, size = HEAD.unpack_from(content, at)
    start = at + HEAD.size
    if magic != MAGIC or size > min(MAX_BYTES, len(content) - start):
        raise ParseError("the GD3 tag is damaged")
    text = content[start : start + size].decode("utf-16-le", "replace")
    fields = [*text.split("\0")[:COUNT], *[""] * COUNT][:COUNT]
    return Tags(*fields)


def to_bytes(tags: Tags) -> bytes:
    """Tags as bytes, none for tags without text. Raises InputError for a text with a zero."""
    texts = astuple(tags)
    if not any(texts):
        return b""
    for field, text in zip(Tags.__slots__, texts, strict=True):
        if "\0" in text:
            raise InputError(f"{field} must not hold a zero character, got {text!r}")
    body = "".join(text + "\0" for text in texts).encode("utf-16-le", "replace")
    if len(body) > MAX_BYTES:
        raise InputError(f"tags may take {MAX_BYTES >> 10} kB, got {len(body) >> 10}")
    return HEAD.pack(MAGIC, VERSION, len(body)) + body
