"""Golden bytes for every message of the table, and what a hostile datagram may do."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from starling.engine.codec import (
    decode,
    encode_done,
    encode_fail,
    encode_item,
    encode_progress,
    encode_request,
)
from starling.engine.protocol import MAX_DATAGRAM, REPLIES, VERB, VERBS, Field, Value
from starling.models.errors import InputError, ParseError


def distinct(fields: tuple[Field, ...]) -> list[Value]:
    """A different value for each field, so that two that change places are noticed."""
    made = {"i": lambda at: 1000 + at, "f": lambda at: at + 0.5, "s": lambda at: f"text{at}"}
    return [made[field.type](at) for at, field in enumerate(fields)]


# Spaces and line breaks separate OSC's 32-bit words; the comment names what they spell.
GOLDEN = {
    "hello": (
        encode_request("hello", 1, "tok", 1, "daw"),
        """2f737461 726c696e 672f6865 6c6c6f00   /starling/hello
           2c697369 73000000                     ,isis
           00000001 746f6b00 00000001 64617700   1 tok 1 daw""",
    ),
    "ping": (
        encode_request("ping", 2),
        """2f737461 726c696e 672f7069 6e670000   /starling/ping
           2c690000 00000002                     ,i 2""",
    ),
    "generate": (
        encode_request("generate", 258, "drums", 7, "kind", 2.0, "decay", 0.5),
        """2f737461 726c696e 672f6765 6e657261 74650000   /starling/generate
           2c697369 73667366 00000000                     ,isisfsf
           00000102 6472756d 73000000 00000007            258 drums 7
           6b696e64 00000000 40000000                     kind 2.0
           64656361 79000000 3f000000                     decay 0.5""",
    ),
    "cancel": (
        encode_request("cancel", 3, 258),
        """2f737461 726c696e 672f6361 6e63656c 00000000   /starling/cancel
           2c696900 00000003 00000102                     ,ii 3 258""",
    ),
    "fail": (
        encode_fail(-2, "search", "silent", "no sound"),
        """2f737461 726c696e 672f6661 696c0000   /starling/fail
           2c697373 73000000 fffffffe            ,isss -2
           73656172 63680000 73696c65 6e740000   search silent
           6e6f2073 6f756e64 00000000            no sound""",
    ),
    "progress": (
        encode_progress(9, 0.25, "wait"),
        """2f737461 726c696e 672f7072 6f677265 73730000   /starling/progress
           2c696673 00000000 00000009 3e800000            ,ifs 9 0.25
           77616974 00000000                              wait""",
    ),
    "done": (
        encode_done(3, "cancel", 1),
        """2f737461 726c696e 672f646f 6e650000   /starling/done
           2c697369 00000000 00000003            ,isi 3
           63616e63 656c0000 00000001            cancel 1""",
    ),
    "item": (
        encode_item(5, "models", 0, "drums", "Drums", "ab", "[]"),
        """2f737461 726c696e 672f6974 656d0000            /starling/item
           2c696973 73737300 00000005 00000000            ,iissss 5 0
           6472756d 73000000 4472756d 73000000            drums Drums
           61620000 5b5d0000                              ab []""",
    ),
}


def golden(text: str) -> bytes:
    """The bytes of commented hex: what stands before three spaces on each line."""
    return bytes.fromhex("".join(line.strip().split("   ")[0] for line in text.splitlines()))


@pytest.mark.parametrize("name", GOLDEN)
def test_encoding_gives_the_golden_bytes(name: str) -> None:
    made, text = GOLDEN[name]
    assert made == golden(text)


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_every_message_of_the_table_comes_back_in_order(verb: object) -> None:
    name = verb.name  # type: ignore[attr-defined]
    spec = VERB[name]
    values = distinct((*spec.takes, *spec.repeats, *spec.repeats))
    assert decode(encode_request(name, 42, *values)) == [(f"/starling/{name}", [42, *values])]
    results = distinct(spec.returns)
    assert decode(encode_done(43, name, *results)) == [("/starling/done", [43, name, *results])]
    if spec.items:
        entry = distinct(spec.items)
        assert decode(encode_item(44, name, 5, *entry)) == [("/starling/item", [44, 5, *entry])]


def test_replies_are_padded_as_the_table_says() -> None:
    assert set(REPLIES) == {"done", "fail", "progress", "item"}
    assert decode(encode_fail(7, "ping", "internal", "x" * 5000)) == [
        ("/starling/fail", [7, "ping", "internal", "x" * 1000])
    ]


def test_a_bundle_gives_its_messages_in_order_whatever_their_time() -> None:
    one, two = encode_request("ping", 1), encode_request("ping", 2)
    late, now = b"\xff" * 8, bytes(7) + b"\1"
    inner = b"#bundle\0" + now + struct.pack(">i", len(two)) + two
    outer = b"#bundle\0" + late
    outer += struct.pack(">i", len(one)) + one + struct.pack(">i", len(inner)) + inner
    assert decode(outer) == [("/starling/ping", [1]), ("/starling/ping", [2])]


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
        b"/starling/ping\0\0,h\0\0" + bytes(8),  # an OSC 1.1 type
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


def test_bundles_in_bundles_to_the_limit_are_read() -> None:
    packet = encode_request("ping", 1)
    while len(packet) + 20 <= MAX_DATAGRAM:
        packet = HEAD + struct.pack(">i", len(packet)) + packet
    assert decode(packet) == [("/starling/ping", [1])]


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
    whole = encode_request("search", 1, "/a/b.wav", 5, "tag:pad") + tail
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
    req = data.draw(OF_TYPE["i"])
    values = [data.draw(OF_TYPE[field.type]) for field in fields]
    message = (f"/starling/{verb.name}", [req, *values])
    assert decode(encode_request(verb.name, req, *values)) == [message]
