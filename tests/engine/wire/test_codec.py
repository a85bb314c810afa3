"""Golden bytes for every message of the table, and what a hostile datagram may do."""

import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from starling.engine.wire.codec import (
    decode,
    encode_done,
    encode_fail,
    encode_item,
    encode_progress,
    encode_request,
)
from starling.engine.wire.protocol import (
    MAX_DATAGRAM,
    MAX_MESSAGES,
    REPLIES,
    VERB,
    VERBS,
    Field,
    Value,
    check_request,
)
from starling.engine.wire.requests import PingRequest
from starling.models.errors import InputError, ParseError


def distinct(fields: tuple[Field, ...]) -> list[Value]:
    """A different value for each field, so that two that change places are noticed."""
    made = {"i": lambda at: 1000 + at, "f": lambda at: at + 0.5, "s": lambda at: f"text{at}"}
    return [made[field.type](at) for at, field in enumerate(fields)]


def encode(verb: str, *values: Value) -> bytes:
    """A request whose values begin with the secret, where it has one."""
    secret, req, *rest = ("", *values) if VERB[verb].opens else values
    return encode_request(verb, int(req), *rest, secret=str(secret))


Golden = tuple[str, str, bytes, list[Value]]  # kind, verb, bytes, values in order
READ: dict[str, Callable[[str], Value]] = {"i": int, "f": float, "s": str}
ENCODE: dict[str, Callable[..., bytes]] = {
    "request": lambda verb, *values: encode(verb, *values),
    "done": lambda verb, req, _, *rest: encode_done(req, verb, *rest),
    "item": lambda verb, req, index, *rest: encode_item(req, verb, index, *rest),
    "fail": lambda verb, *values: encode_fail(*values),
    "progress": lambda verb, *values: encode_progress(*values),
}


def golden_messages() -> list[Golden]:
    """The blocks of golden_messages.txt."""
    text = Path(__file__).with_name("golden_messages.txt").read_text(encoding="utf-8")
    found = []
    for block in text.split("\n[")[1:]:
        title, *lines = block.strip().splitlines()
        kind, verb = title.rstrip("]").split()
        pairs = [line.split("  | ") for line in lines]
        tags = pairs[1][1].removeprefix(",")
        values = [READ[tag](told) for tag, (_, told) in zip(tags, pairs[2:], strict=True)]
        found.append((kind, verb, bytes.fromhex("".join(words for words, _ in pairs)), values))
    return found


@pytest.mark.parametrize("message", golden_messages(), ids=lambda message: " ".join(message[:2]))
def test_messages_are_the_golden_bytes(message: Golden) -> None:
    kind, verb, datagram, values = message
    assert ENCODE[kind](verb, *values) == datagram
    address = verb if kind == "request" else kind
    assert decode(datagram) == [(f"/starling/{address}", values)]


def test_every_message_of_the_table_has_golden_bytes() -> None:
    golden = {(kind, verb) for kind, verb, *_ in golden_messages()}
    wanted = {(kind, verb.name) for verb in VERBS for kind in ("request", "done")}
    wanted |= {("item", verb.name) for verb in VERBS if verb.items}
    assert wanted <= golden
    assert {kind for kind, _ in golden} == {"request", *REPLIES}


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_every_message_of_the_table_comes_back_in_order(verb: object) -> None:
    name = verb.name  # type: ignore[attr-defined]
    spec = VERB[name]
    values = distinct((*spec.takes, *spec.repeats, *spec.repeats))
    head = [42] if spec.opens else ["hush", 42]
    datagram = encode_request(name, 42, *values, secret="hush")
    assert decode(datagram) == [(f"/starling/{name}", [*head, *values])]
    results = distinct(spec.returns)
    assert decode(encode_done(43, name, *results)) == [("/starling/done", [43, name, *results])]
    if spec.items:
        entry = distinct(spec.items)
        assert decode(encode_item(44, name, 5, *entry)) == [("/starling/item", [44, 5, *entry])]


def test_a_long_sentence_is_cut() -> None:
    assert decode(encode_fail(7, "ping", "internal", "x" * 5000)) == [
        ("/starling/fail", [7, "ping", "internal", "x" * 1000])
    ]


def test_a_bundle_gives_its_messages_in_order_whatever_their_time() -> None:
    one, two = encode_request("ping", 1), encode_request("ping", 2)
    late, now = b"\xff" * 8, bytes(7) + b"\1"
    inner = b"#bundle\0" + now + struct.pack(">i", len(two)) + two
    outer = b"#bundle\0" + late
    outer += struct.pack(">i", len(one)) + one + struct.pack(">i", len(inner)) + inner
    assert decode(outer) == [("/starling/ping", ["", 1]), ("/starling/ping", ["", 2])]


HEAD = b"#bundle\0" + bytes(8)


@pytest.mark.parametrize(
    "datagram",
    [
        b"",
        b"\0\0\0\0",
        b"no slash\0\0\0\0",
        b"/starling/ping",  # no end
        b"/starling/ping\0\0,i\0\0\0\0",  # an int of two bytes
        b"/starling/ping\0\0xi\0\0\0\0\0\1",  # no comma
        b"/a\0\0,s\0\0\xff\xfe\0\0",  # not UTF-8
        b"#bundle\0",
        HEAD,
        HEAD + struct.pack(">i", -4),  # python-osc alone would read this for ever
        HEAD + struct.pack(">i", 0),
        HEAD + struct.pack(">i", 400) + b"/a\0\0",
        bytes(MAX_DATAGRAM + 1),
    ],
)
def test_decode_refuses(datagram: bytes) -> None:
    with pytest.raises(ParseError) as caught:
        decode(datagram)
    assert caught.value.code == "bad_packet"


@pytest.mark.parametrize(
    ("tags", "rest"),
    [
        (b",ih\0", bytes(8)),
        *((b",i%c\0" % tag, b"") for tag in b"TFNIq"),
        (b",im\0", bytes(4)),
        (b",i[s]h\0\0", b"x\0\0\0" + bytes(8)),
    ],
)
def test_arguments_of_other_types_end_those_that_are_read(tags: bytes, rest: bytes) -> None:
    packet = b"/starling/hello\0" + tags + struct.pack(">i", 7) + rest
    assert decode(packet) == [("/starling/hello", [7])]
    assert check_request("/starling/ping", ["", 7]) == PingRequest(7)


def test_a_bundle_of_more_messages_than_are_answered_is_refused() -> None:
    one = encode_request("ping", 1)
    whole = HEAD + (struct.pack(">i", len(one)) + one) * MAX_MESSAGES
    assert len(decode(whole)) == MAX_MESSAGES == 32
    with pytest.raises(ParseError, match="more than 32 messages") as caught:
        decode(whole + struct.pack(">i", len(one)) + one)
    assert caught.value.code == "bad_packet"


def test_bundles_in_bundles_to_the_limit_are_read() -> None:
    packet = encode_request("ping", 1)
    while len(packet) + 20 <= MAX_DATAGRAM:
        packet = HEAD + struct.pack(">i", len(packet)) + packet
    assert decode(packet) == [("/starling/ping", ["", 1])]


@pytest.mark.parametrize(
    ("verb", "values"),
    [
        ("cancel", (2**31,)),  # no int32
        ("cancel", ()),  # too few
        ("release", ("a\0b",)),  # OSC ends strings with NUL
        ("release", ("x" * MAX_DATAGRAM,)),
        ("release", ("\ud800",)),  # half a character
        ("generate", ("drums", 1, "kind")),  # half a group
    ],
)
def test_encode_refuses(verb: str, values: tuple[Value, ...]) -> None:
    with pytest.raises(InputError):
        encode_request(verb, 1, *values)


@given(st.binary(max_size=600))
def test_any_bytes_are_read_or_refused(datagram: bytes) -> None:
    try:
        assert decode(datagram)
    except ParseError as exc:
        assert exc.code == "bad_packet"


@given(st.binary(max_size=200), st.integers(0, 200), st.binary(max_size=8))
def test_damaged_messages_are_read_or_refused(tail: bytes, cut: int, patch: bytes) -> None:
    whole = encode_request("search", 1, "/a/b.wav", 5, "tag:pad", "warm") + tail
    try:
        assert decode(whole[:cut] + patch + whole[cut + len(patch) :])
    except ParseError as exc:
        assert exc.code == "bad_packet"


TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=50)
OF_TYPE = {
    "i": st.integers(-(2**31), 2**31 - 1),
    "f": st.floats(width=32, allow_nan=False),
    "s": TEXT,
}


@given(st.data())
def test_what_is_encoded_is_decoded(data: st.DataObject) -> None:
    verb = data.draw(st.sampled_from(VERBS))
    groups = data.draw(st.integers(0, 3)) if verb.repeats else 0
    fields = (*verb.takes, *(verb.repeats * groups))
    head = [data.draw(OF_TYPE[field.type]) for field in verb.head]
    values = [data.draw(OF_TYPE[field.type]) for field in fields]
    message = (f"/starling/{verb.name}", [*head, *values])
    assert decode(encode(verb.name, *head, *values)) == [message]


@pytest.mark.parametrize("text", ["a\0b", "a\udc80b", "a\x1b[31mb", "\U0001f600" * 1_000])
def test_a_refusal_can_be_sent_whatever_its_sentence_holds(text: str) -> None:
    """Names of strangers' files come into sentences; a request without an end would hang."""
    for datagram in (encode_fail(7, "ping", "internal", text), encode_progress(7, 0.5, text)):
        [(_, fields)] = decode(datagram)
        assert str(fields[-1]).isprintable() and "\0" not in str(fields[-1])
