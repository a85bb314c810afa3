"""Bytes of OSC datagrams to checked values and back, by the table in `protocol`. Pure."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from pythonosc.osc_message_builder import BuildError, OscMessageBuilder
from pythonosc.parsing import osc_types

from starling.engine.wire.protocol import (
    MAX_DATAGRAM,
    MAX_MESSAGES,
    PREFIX,
    REPLIES,
    VERB,
    Field,
    Value,
)
from starling.models.errors import InputError, ParseError
from starling.models.plain import plain

READ: dict[str, Callable[[bytes, int], tuple[Value, int]]] = {
    "i": osc_types.get_int,
    "f": osc_types.get_float,
    "s": osc_types.get_string,
    "b": osc_types.get_blob,
}
BUNDLE = b"#bundle\0"
BUNDLE_HEAD = 16  # bytes: the tag and a time, which is ignored


def encode_request(verb: str, req: int, *values: Value, secret: str = "") -> bytes:
    """The datagram of a request; `values` are its fields, then any repeated groups in a row.

    The secret is that of the session, which all but hello begin with.
    """
    spec = VERB[verb]
    head = (req,) if spec.opens else (secret, req)
    tail = len(values) - len(spec.takes)
    groups = tail // len(spec.repeats) if spec.repeats else 0
    fields = (*spec.head, *spec.takes, *(spec.repeats * groups))
    return _encode(PREFIX + verb, fields, (*head, *values))


def encode_done(req: int, verb: str, *values: Value) -> bytes:
    """The datagram that ends a request well."""
    return _encode(f"{PREFIX}done", (*REPLIES["done"], *VERB[verb].returns), (req, verb, *values))


def encode_item(req: int, verb: str, index: int, *values: Value) -> bytes:
    """The datagram of one entry of a list."""
    return _encode(f"{PREFIX}item", (*REPLIES["item"], *VERB[verb].items), (req, index, *values))


def encode_fail(req: int, verb: str, code: str, sentence: str) -> bytes:
    """The datagram that ends a request badly; a long sentence is cut at 1,000 characters.

    It can be sent whatever the sentence holds, or the request would never end.
    """
    return _encode(f"{PREFIX}fail", REPLIES["fail"], (req, verb, code, plain(sentence[:1000])))


def encode_progress(req: int, fraction: float, text: str) -> bytes:
    """The datagram that reports the progress of a request."""
    return _encode(f"{PREFIX}progress", REPLIES["progress"], (req, fraction, plain(text[:200])))


def decode(datagram: bytes) -> list[tuple[str, list[Value]]]:
    """Addresses and arguments of a message, or of all messages of a bundle.

    Arguments are read up to the first that is not of the types i, f, s and b. Raises ParseError
    (code `bad_packet`) for what is not OSC 1.0 of at most 8 KiB, and for a bundle of more than 32.
    """
    if len(datagram) > MAX_DATAGRAM:
        raise ParseError(
            f"datagram of {len(datagram)} bytes; at most {MAX_DATAGRAM} are allowed",
            code="bad_packet",
        )
    try:
        parts = list(islice(_unbundled(datagram), MAX_MESSAGES + 1))
        if len(parts) > MAX_MESSAGES:
            raise ValueError(f"a bundle of more than {MAX_MESSAGES} messages")
        messages = [_message(part) for part in parts]
    except (osc_types.ParseError, struct.error, ValueError, IndexError) as exc:
        raise ParseError(f"not an OSC 1.0 packet: {exc}", code="bad_packet") from exc
    if not messages:
        raise ParseError("the OSC packet holds no message", code="bad_packet")
    return messages


def _unbundled(datagram: bytes) -> Iterator[bytes]:
    """The messages of a bundle, in their order, or the one message.

    python-osc's own reader never returns from a bundle that holds a negative size.
    """
    waiting = [datagram]
    while waiting:
        part = waiting.pop()
        if not part.startswith(BUNDLE):
            yield part
            continue
        inner = []
        at = BUNDLE_HEAD
        while at < len(part):
            (size,) = struct.unpack_from(">i", part, at)
            if not 0 < size <= len(part) - at - 4:
                raise ValueError(f"a bundle's element claims {size} bytes")
            inner.append(part[at + 4 : at + 4 + size])
            at += 4 + size
        waiting += reversed(inner)


def _message(part: bytes) -> tuple[str, list[Value]]:
    """Address and arguments, up to the first of a type that is not read: newer clients' extras."""
    address, at = osc_types.get_string(part, 0)
    tags, at = osc_types.get_string(part, at) if at < len(part) else (",", at)
    if not address.startswith("/") or not tags.startswith(","):
        raise ValueError(f"address {address[:80]!r} with the types {tags[:80]!r}")
    values: list[Value] = []
    for tag in tags[1:]:
        if tag not in READ:
            break
        value, at = READ[tag](part, at)
        values.append(value)
    return address, values


def _encode(address: str, fields: Sequence[Field], values: Sequence[Value]) -> bytes:
    if len(fields) != len(values):
        raise InputError(f"{address} takes {len(fields)} arguments, got {len(values)}")
    builder = OscMessageBuilder(address)
    for field, value in zip(fields, values, strict=True):
        if isinstance(value, str) and "\0" in value:
            raise InputError(f"{address}: {field.name} must not hold a NUL, got {value!r}")
        builder.add_arg(float(value) if field.type == "f" else value, field.type)
    try:
        datagram: bytes = builder.build().dgram
    except (BuildError, ValueError) as exc:
        raise InputError(f"{address} cannot be sent: {exc}") from exc
    if len(datagram) > MAX_DATAGRAM:
        raise InputError(
            f"{address} would take {len(datagram)} bytes; at most {MAX_DATAGRAM} fit in a datagram"
        )
    return datagram
