"""Bytes to other bytes, at random from a seed: what a fuzzer feeds to a parser. Pure."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Sequence

MOST_BYTES = 1 << 16  # of an input: what a parser does with many is not what is looked for
MOST_CHANGES = 6
BOUNDS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
NUMBERS = (b"0", b"-1", b"1e999", b"NaN", b"-Infinity", b"99999999999999999999", b"0.1", b"true")
TOKENS = (
    *(b"\0", b"\x1b[31m", b"\xff\xfe", b"\xed\xa0\x80", b"%s%n", b"../", b'"', b"\\u0000", b"\n"),
    *(b"[" * 3_000, b'{"a":' * 3_000, b"A" * 5_000, b"null", b"[]", b"{}", b"\xf0", b"\xf7"),
)
DIGITS = frozenset(b"0123456789")

Change = Callable[[bytearray, random.Random], None]


def mutated(corpus: Sequence[bytes], chance: random.Random) -> bytes:
    """One of the corpus with some changes, perhaps the head of it with another's tail."""
    data = bytearray(chance.choice(corpus))
    if len(corpus) > 1 and chance.random() < 0.1:
        other = chance.choice(corpus)
        data = data[: chance.randrange(len(data) + 1)] + other[chance.randrange(len(other) + 1) :]
    for _ in range(chance.randint(1, MOST_CHANGES)):
        chance.choice(CHANGES)(data, chance)
    return bytes(data[:MOST_BYTES])


def _at(data: bytearray, chance: random.Random, size: int = 1) -> int:
    """A place for `size` bytes; beginnings, where headers are, come more often."""
    room = max(1, len(data) - size + 1)
    return chance.randrange(min(room, 64)) if chance.random() < 0.4 else chance.randrange(room)


def flip(data: bytearray, chance: random.Random) -> None:
    """One bit."""
    if data:
        data[_at(data, chance)] ^= 1 << chance.randrange(8)


def byte(data: bytearray, chance: random.Random) -> None:
    """One byte."""
    if data:
        data[_at(data, chance)] = chance.randrange(256)


def integer(data: bytearray, chance: random.Random) -> None:
    """A number of 2, 4 or 8 bytes at a bound, of either order."""
    form = chance.choice((">H", "<H", ">I", "<I", ">Q", "<Q"))
    size = struct.calcsize(form)
    value = chance.choice((*BOUNDS, len(data), len(data) - 1, chance.randrange(2**32)))
    at = _at(data, chance, size)
    data[at : at + size] = struct.pack(form, max(0, value) % 256**size)


def delete(data: bytearray, chance: random.Random) -> None:
    """A span."""
    at = _at(data, chance)
    del data[at : at + chance.choice((1, 2, 4, chance.randrange(1, 200)))]


def double(data: bytearray, chance: random.Random) -> None:
    """A span comes twice, or often."""
    at = _at(data, chance)
    span = data[at : at + chance.randrange(1, 100)]
    data[at:at] = span * chance.choice((1, 1, 2, 50))


def swap(data: bytearray, chance: random.Random) -> None:
    """Two spans change places."""
    one, other = sorted((_at(data, chance), _at(data, chance)))
    size = chance.randrange(1, 40)
    data[one : one + size], data[other : other + size] = (
        data[other : other + size],
        data[one : one + size],
    )


def cut(data: bytearray, chance: random.Random) -> None:
    """The end."""
    del data[chance.randrange(len(data) + 1) :]


def token(data: bytearray, chance: random.Random) -> None:
    """Something that texts and parsers stumble over."""
    at = _at(data, chance)
    data[at : at + chance.choice((0, 1))] = chance.choice(TOKENS)


def number(data: bytearray, chance: random.Random) -> None:
    """A number that is written in digits becomes another."""
    places = [at for at, each in enumerate(data[:4096]) if each in DIGITS]
    if not places:
        byte(data, chance)
        return
    at = end = chance.choice(places)
    while end < len(data) and data[end] in DIGITS:
        end += 1
    data[at:end] = chance.choice(NUMBERS)


CHANGES: tuple[Change, ...] = (
    *(flip, flip, byte, byte, integer, integer, delete, double, swap, cut, token, number),
)
