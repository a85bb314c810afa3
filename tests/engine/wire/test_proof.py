"""What a datagram shows, found in its bytes as in its decoded values."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from starling.engine.wire.codec import decode, encode_request
from starling.engine.wire.proof import LONGEST_PROOF, Proof, shown_by, shown_in
from starling.engine.wire.protocol import VERBS, Value, Verb
from starling.models.errors import ParseError

SECRET = "0123456789abcdef" * 2
SAMPLE: dict[str, Value] = {"i": 7, "f": 0.5, "s": "text"}


def request(verb: Verb, proof: str = SECRET) -> bytes:
    values = [SAMPLE[field.type] for field in (*verb.takes, *verb.repeats)]
    if verb.opens:
        values[0] = proof
    return encode_request(verb.name, 1, *values, secret=proof)


def bundle(*messages: bytes) -> bytes:
    inner = b"".join(struct.pack(">i", len(each)) + each for each in messages)
    return b"#bundle\0" + bytes(8) + inner


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_each_request_shows_its_token_or_secret(verb: Verb) -> None:
    datagram = request(verb)
    assert shown_by(datagram) == Proof(verb.opens, SECRET.encode())
    [(address, values)] = decode(datagram)
    assert shown_in(address, values) == shown_by(datagram)


def test_a_bundle_shows_what_its_first_message_does() -> None:
    ping, hello = (next(each for each in VERBS if each.name == name) for name in ("ping", "hello"))
    both = bundle(request(ping, "one"), request(hello, "two"))
    assert shown_by(both) == shown_by(bundle(both)) == Proof(False, b"one")


@pytest.mark.parametrize(
    ("datagram", "proof"),
    [
        (b"", Proof(False, b"")),
        (b"/starling/hello", Proof(False, b"")),
        (b"x" * 60_000, Proof(False, b"")),
        (b"/starling/hello\0,isis\0\0\0", Proof(True, b"")),
        (b"/starling/ping\0\0,i\0\0\0\0\0\1", Proof(False, b"")),
        (b"/starling/ping\0\0,s\0\0no end", Proof(False, b"")),
        (b"/starling/ping\0\0,s\0\0" + b"x" * (LONGEST_PROOF + 1) + b"\0", Proof(False, b"")),
        (b"#bundle\0" * 8_000, Proof(False, b"#bundle")),
        (bytes(60_000), Proof(False, b"")),
    ],
)
def test_what_shows_no_secret(datagram: bytes, proof: Proof) -> None:
    assert shown_by(datagram) == proof


def test_values_of_other_types_show_nothing() -> None:
    assert shown_in("/starling/ping", []) == shown_in("/starling/ping", [5]) == Proof(False, b"")
    assert shown_in("/starling/ping", [b"secret"]) == Proof(False, b"")
    assert shown_in("/starling/hello", [1]) == Proof(True, b"")


@given(st.binary(max_size=300))
def test_any_bytes_show_something_or_nothing(datagram: bytes) -> None:
    assert len(shown_by(datagram).shown) <= LONGEST_PROOF


@given(st.sampled_from(VERBS), st.integers(0, 80), st.binary(max_size=8))
def test_what_damaged_requests_show_is_what_is_decoded(verb: Verb, cut: int, patch: bytes) -> None:
    """Or nothing of this length: so nobody passes the first look who is refused at the second."""
    whole = request(verb)
    damaged = whole[:cut] + patch + whole[cut + len(patch) :]
    try:
        [(address, values), *_] = decode(damaged)
    except ParseError:
        return
    shown = shown_in(address, values)
    if shown.shown == SECRET.encode():
        assert shown_by(damaged) == shown
