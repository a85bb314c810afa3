"""Bytes of OSC datagrams to checked values and back, by the table in `protocol`. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from pythonosc.osc_message_builder import OscMessageBuilder
from pythonosc.osc_packet import OscPacket
from pythonosc.osc_packet import ParseError as OscParseError

from starling.engine.protocol import MAX_DATAGRAM, PREFIX, REPLIES, VERB, Field, Value
from starling.models.errors import InputError, ParseError


def encode_request(verb: str, req: int, *values: Value) -> bytes:
    """The datagram of a request; `values` are its fields, then any repeated groups in a row."""
    spec = VERB[verb]
    tail = len(values) - len(spec.takes)
    groups = tail // len(spec.repeats) if spec.repeats else 0
    fields = (Field("req", "i", ""), *spec.takes, *(spec.repeats * groups))
    return _encode(PREFIX + verb, fields, (req, *values))


def encode_done(req: int, verb: str, *values: Value) -> bytes:
    """The datagram that ends a request well."""
    return _encode(f"{PREFIX}done", (*REPLIES["done"], *VERB[verb].returns), (req, verb, *values))


def encode_item(req: int, verb: str, index: int, *values: Value) -> bytes:
    """The datagram of one entry of a list."""
    return _encode(f"{PREFIX}item", (*REPLIES["item"], *VERB[verb].items), (req, index, *values))


def encode_fail(req: int, verb: str, code: str, sentence: str) -> bytes:
    """The datagram that ends a request badly; a long sentence is cut at 1,000 characters."""
    return _encode(f"{PREFIX}fail", REPLIES["fail"], (req, verb, code, sentence[:1000]))


def encode_progress(req: int, fraction: float, text: str) -> bytes:
    """The datagram that says how far a request is."""
    return _encode(f"{PREFIX}progress", REPLIES["progress"], (req, fraction, text[:200]))


def decode(datagram: bytes) -> list[tuple[str, list[Value]]]:
    """Addresses and arguments of a message, or of all messages of a bundle.

    Raises ParseError (code `bad_packet`) for anything that is not OSC 1.0 of at most 8 KiB.
    """
    if len(datagram) > MAX_DATAGRAM:
        raise ParseError(
            f"datagram of {len(datagram)} bytes; at most {MAX_DATAGRAM} are allowed",
            code="bad_packet",
        )
    try:
        messages = [timed.message for timed in OscPacket(datagram).messages]
    except (OscParseError, ValueError, IndexError, RecursionError) as exc:
        raise ParseError(f"not an OSC 1.0 packet: {exc}", code="bad_packet") from exc
    if not messages:
        raise ParseError("the OSC packet holds no message", code="bad_packet")
    return [(message.address, list(message.params)) for message in messages]


def _encode(address: str, fields: Sequence[Field], values: Sequence[Value]) -> bytes:
    if len(fields) != len(values):
        raise InputError(f"{address} takes {len(fields)} arguments, got {len(values)}")
    builder = OscMessageBuilder(address)
    for field, value in zip(fields, values, strict=True):
        builder.add_arg(float(value) if field.type == "f" else value, field.type)
    datagram: bytes = builder.build().dgram
    if len(datagram) > MAX_DATAGRAM:
        raise InputError(
            f"{address} would take {len(datagram)} bytes; at most {MAX_DATAGRAM} fit in a datagram"
        )
    return datagram
