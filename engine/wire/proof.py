"""What a datagram shows to prove who sent it: a hello the token of engine.json, any other request
the secret of its session. Found without decoding, at a small cost whatever the bytes are. Pure.
"""

from __future__ import annotations

from typing import NamedTuple

from starling.engine.wire.codec import BUNDLE, BUNDLE_HEAD
from starling.engine.wire.protocol import MAX_DATAGRAM, MAX_MESSAGES, PREFIX, VERBS, Value

OPENING = frozenset(PREFIX + verb.name for verb in VERBS if verb.opens)
LONGEST_ADDRESS = 64  # bytes; no verb's is half as long
LONGEST_PROOF = 128  # bytes; tokens and secrets have 32
WORD = 4  # bytes: what OSC pads everything to, and the length of the request id before a token
NESTED = BUNDLE_HEAD + WORD  # from a bundle's beginning to that of its first message


class Proof(NamedTuple):
    """What is shown; `opens`: for a new session, by a hello."""

    opens: bool
    shown: bytes


def shown_by(datagram: bytes) -> Proof:
    """What a datagram shows, a bundle by its first message; b"" where there is nothing."""
    at = 0
    for _ in range(MAX_MESSAGES):
        if not datagram.startswith(BUNDLE, at):
            break
        at += NESTED
    tags = _after_text(datagram, at, LONGEST_ADDRESS)
    opens = datagram[at:tags].rstrip(b"\0").decode("ascii", "replace") in OPENING
    begin = _after_text(datagram, tags, MAX_DATAGRAM) + (WORD if opens else 0)
    end = datagram.find(b"\0", begin, begin + LONGEST_PROOF + 1)
    return Proof(opens, datagram[begin : max(begin, end)])


def shown_in(address: str, values: list[Value]) -> Proof:
    """What a decoded message shows; each of a bundle must show it."""
    opens = address in OPENING
    at = 1 if opens else 0  # a hello's is behind its request id
    shown = values[at] if len(values) > at else b""
    return Proof(opens, shown.encode() if isinstance(shown, str) else b"")


def _after_text(datagram: bytes, at: int, longest: int) -> int:
    """Where the string that begins at `at` ends with its padding; `at` where it has no end."""
    end = datagram.find(b"\0", at, at + longest)
    return at if end < 0 else end + WORD - (end - at) % WORD
