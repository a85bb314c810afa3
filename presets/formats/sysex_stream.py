"""System-exclusive messages among whatever an archive put around and into them. Pure.

Files come as hexadecimal text, behind the header of another file, and with the real-time bytes that
a cable carried while the dump was recorded: MIDI lets those stand anywhere, within a message too.
"""

from __future__ import annotations

import re

__all__ = ["found_in", "from_text", "maker", "without_realtime"]

BEGIN, END = 0xF0, 0xF7
REALTIME = bytes(range(0xF8, 0x100))  # clock, start, stop, active sensing, reset
_TEXT = re.compile(rb"[\s,;]*(?:0[xX])?[fF]0(?:[\s,;]*(?:0[xX])?[0-9a-fA-F]{2})+[hH\s,;]*")

# Whose messages those are, by the first byte after F0, or the three that begin with 00.
MAKERS = {
    b"\x01": "Sequential",
    b"\x04": "Moog",
    b"\x06": "Lexicon",
    b"\x07": "Kurzweil",
    b"\x0f": "Ensoniq",
    b"\x10": "Oberheim",
    b"\x18": "E-mu",
    b"\x3e": "Waldorf",
    b"\x40": "Kawai",
    b"\x41": "Roland",
    b"\x42": "Korg",
    b"\x43": "Yamaha",
    b"\x44": "Casio",
    b"\x47": "Akai",
    b"\x00\x20\x29": "Novation",
    b"\x00\x20\x33": "Access",
    b"\x00\x20\x3c": "Elektron",
    b"\x7e": "any maker",
    b"\x7f": "any maker",
}
YAMAHA_FORMATS = {  # the byte after the channel, of dumps that are no DX7's
    0x03: "Yamaha's synths with four operators (TX81Z, DX21, DX100)",
    0x04: "Yamaha's synths with four operators (TX81Z, DX21, DX100)",
    0x05: "the DX7 II: its supplements and performances",
    0x06: "the DX7 II: its supplements and performances",
    0x7E: "another synth of Yamaha's",
}


def from_text(data: bytes) -> bytes:
    """The bytes that a text of hexadecimal numbers spells; the data itself where it is none."""
    if not _TEXT.fullmatch(data):
        return data
    return bytes.fromhex(re.sub(r"0[xX]|[^0-9a-fA-F]", "", data.decode("ascii")))


def found_in(data: bytes, start: bytes) -> int:
    """Where the first message that begins with `start` is; 0 where data begins with a message.

    -1 where there is none.
    """
    return 0 if data[:1] == bytes((BEGIN,)) else data.find(start)


def without_realtime(data: bytes, at: int, length: int) -> bytes | None:
    """The message at a byte, of this length in all, without real-time bytes inside.

    None where leaving them out does not bring it to that length: they are its own, damaged.
    """
    end = data.find(END, at, at + 2 * length) + 1
    message = data[at:end]
    clean = message.translate(None, REALTIME)
    return clean if end and len(clean) == length < len(message) else None


def maker(message: bytes) -> str:
    """Whose message it is, for a sentence."""
    if message[1:2] == b"\x43" and len(message) > 3:
        return YAMAHA_FORMATS.get(message[3], "another synth of Yamaha's")
    code = message[1:4] if message[1:2] == b"\0" else message[1:2]
    return MAKERS.get(code, f"a maker with the number {code.hex(' ').upper() or 'none'}")
