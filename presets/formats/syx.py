"""DX7 voices in system-exclusive files (.syx), bytes to voices and back. Pure.

    F0 43 0n 09 20 00   32 packed voices of 128 bytes   checksum F7      a cartridge, 4104 bytes
    F0 43 0n 00 01 1B   one voice of 155 bytes          checksum F7      163 bytes
                        32 packed voices                                 a bare cartridge, 4096
                        one packed voice, or one of 155 bytes            a bare voice, 128 or 155
                        packed voices, as many as there are              a bank of hexter (.dx7)

A file may hold several messages. Thirty years of editors and archives have left wrong checksums,
missing ends and other machines' messages: what can be played is read, and the rest is remarked on.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from starling.models.errors import ParseError
from starling.presets.formats.dx7 import INITIAL, VOICE_BYTES, Voice, voice_bytes, voice_of
from starling.presets.formats.sysex_stream import found_in, from_text, maker, without_realtime

__all__ = ["VOICES", "Content", "pack", "read", "unpack", "write_cartridge", "write_voice"]

BEGIN, END, YAMAHA = 0xF0, 0xF7, 0x43
HEAD_SIZE = 6
VOICES = 32  # of a cartridge
PACKED = 128  # bytes of a voice within a cartridge
BULK = VOICES * PACKED
# Format and count of a message, and the bytes of its voices. The third was written by Dexed 0.9.1.
KINDS = {
    (0x09, 0x20, 0x00): BULK,
    (0x00, 0x01, 0x1B): VOICE_BYTES,
    (0x00, 0x20, 0x00): BULK,
}
CARTRIDGE_HEAD = bytes((BEGIN, YAMAHA, 0x00, 0x09, 0x20, 0x00))
VOICE_HEAD = bytes((BEGIN, YAMAHA, 0x00, 0x00, 0x01, 0x1B))
MOST_REMARKS = 20  # on one file
MOST_MESSAGES = 32_768  # of a file: more than its largest size holds of single voices, in a second
NEXT = bytes((BEGIN, YAMAHA))
_EDGE = re.compile(rb"[\xf0\xf7]")
_SEVEN_BITS = bytes(byte & 0x7F for byte in range(256))

# A packed operator's bytes 11, 12, 13 and 15 hold two parameters each: (byte, shift, mask) by the
# parameter's place among the 21 of an operator. The others have a byte of their own.
OPERATOR_FIELDS = (
    *((byte, 0, 0x7F) for byte in range(11)),
    (11, 0, 0x03),  # left curve
    (11, 2, 0x03),  # right curve
    (12, 0, 0x07),  # rate scaling
    (13, 0, 0x03),  # amplitude modulation sensitivity
    (13, 2, 0x07),  # velocity sensitivity
    (14, 0, 0x7F),  # output level
    (15, 0, 0x01),  # mode
    (15, 1, 0x1F),  # coarse
    (16, 0, 0x7F),  # fine
    (12, 3, 0x0F),  # detune
)
COMMON_FIELDS = (
    *((byte, 0, 0x7F) for byte in range(102, 110)),  # pitch rates and levels
    (110, 0, 0x1F),  # algorithm
    (111, 0, 0x07),  # feedback
    (111, 3, 0x01),  # key sync
    *((byte, 0, 0x7F) for byte in range(112, 116)),  # LFO speed, delay, depths
    (116, 0, 0x01),  # LFO sync
    (116, 1, 0x07),  # LFO wave
    (116, 4, 0x07),  # pitch modulation sensitivity
    *((byte, 0, 0x7F) for byte in range(117, 128)),  # transpose, name
)
FIELDS = (
    *(
        (17 * operator + byte, shift, mask)
        for operator in range(6)
        for byte, shift, mask in OPERATOR_FIELDS
    ),
    *COMMON_FIELDS,
)


@dataclass(frozen=True, slots=True)
class Content:
    """All voices of a file, and what is odd about it, each in a sentence."""

    voices: tuple[Voice, ...]
    remarks: tuple[str, ...] = ()


def unpack(packed: bytes) -> bytes:
    """128 packed bytes as the 155 of a single voice."""
    return bytes(packed[byte] >> shift & mask for byte, shift, mask in FIELDS)


def pack(voice: bytes) -> bytes:
    """155 bytes of a single voice, packed into 128."""
    packed = bytearray(PACKED)
    for value, (byte, shift, mask) in zip(voice, FIELDS, strict=True):
        packed[byte] |= (value & mask) << shift
    return bytes(packed)


def checksum(payload: bytes) -> int:
    """The byte that brings the sum of all to a multiple of 128."""
    return -sum(payload) & 0x7F


def write_voice(name: str, values: Mapping[str, float]) -> bytes:
    """A single-voice message (163 bytes), as the DX7 sends its edit buffer."""
    payload = voice_bytes(name, values)
    return VOICE_HEAD + payload + bytes((checksum(payload), END))


def write_cartridge(presets: Sequence[tuple[str, Mapping[str, float]]]) -> bytes:
    """Cartridges of 32 voices, as many as it takes; the last is filled with the initial voice.

    Dexed loads its first 32 voices from a file, and takes no file of a single voice.
    """
    packed = [pack(voice_bytes(name, values)) for name, values in presets]
    packed += [pack(voice_bytes(INITIAL, {}))] * (-len(packed) % VOICES)
    cartridges = (b"".join(packed[at : at + VOICES]) for at in range(0, len(packed), VOICES))
    return b"".join(
        CARTRIDGE_HEAD + payload + bytes((checksum(payload), END)) for payload in cartridges
    )


def read(data: bytes, bank: bool = False) -> Content:
    """The voices of a file; with `bank` packed voices without a header, as many as there are.

    Raises ParseError when it holds none: neither a DX7 message nor bare voices.
    """
    content = from_text(data)
    at = found_in(content, NEXT)
    payloads, remarks = _bare(content, bank) if at < 0 else _messages(content[at:])
    if at > 0:
        remarks.insert(0, f"{at} other bytes came before its first message")
    if content != data:
        remarks.insert(0, "it is hexadecimal text")
    voices = [voice_of(voice) for payload in payloads for voice in _voices(payload)]
    if not voices:
        raise ParseError("; ".join(["it holds no DX7 voice", *remarks]))
    return Content(tuple(voices), _shortened([*remarks, *_limited(voices)]))


def _bare(data: bytes, bank: bool) -> tuple[list[bytes], list[str]]:
    """Cartridges or one voice without a header; archives also left two bytes behind cartridges.

    A bank has whole voices, as many as there are.
    """
    if bank and data and not len(data) % PACKED and max(data) <= 0x7F:
        return [data], []
    whole = len(data) // BULK * BULK
    if len(data) in (PACKED, VOICE_BYTES):
        whole = len(data)
    if not whole or len(data) - whole > 2:
        raise ParseError(
            f"{len(data)} bytes with no message are no cartridge, which has {BULK}, and no voice, "
            f"which has {PACKED} or {VOICE_BYTES}"
        )
    if max(data[:whole]) > 0x7F:
        raise ParseError("no message, and bytes above 127, which no voice has")
    if whole < BULK:
        return [data], ["it has no header: taken for one voice"]
    remark = "it has no header: taken for packed voices"
    return [data[at : at + BULK] for at in range(0, whole, BULK)], [remark]


def _messages(data: bytes) -> tuple[list[bytes], list[str]]:
    """The payloads of all DX7 voice messages, and what else the file holds."""
    payloads, remarks, others = [], [], Counter[str]()
    for number, (message, left_out) in enumerate(_split(data), 1):
        if number > MOST_MESSAGES:
            raise ParseError(f"it has more than {MOST_MESSAGES:,} messages")
        size = _size(message)
        if not size:
            others[maker(message)] += 1
            continue
        payload = message[HEAD_SIZE : HEAD_SIZE + size]
        if left_out:
            remarks.append(f"message {number}: {left_out} real-time bytes inside were left out")
        remarks += [f"message {number}: {odd}" for odd in _odd(message, payload, size)]
        if len(payload) == size or size == BULK:  # half a cartridge holds whole voices
            payloads.append(payload.translate(_SEVEN_BITS))
    remarks += [
        f"{count} of its messages are no DX7 voices and were left out: they are for {whose}"
        for whose, count in others.most_common()
    ]
    return payloads, remarks


def _split(data: bytes) -> Iterator[tuple[bytes, int]]:
    """Messages from F0 to F7, to the next F0, or to the file's end, without what lies between;
    each with how many real-time bytes were inside.
    """
    at = 0
    while 0 <= at < len(data):
        size = _size(data[at : at + HEAD_SIZE])
        inside = at + HEAD_SIZE + size
        clean = without_realtime(data, at, HEAD_SIZE + size + 2) if size else None
        if clean:
            end = data.find(b"\xf7", at)
            yield clean, end + 1 - at - len(clean)
            at = data.find(b"\xf0", end)
            continue
        cut = data.find(NEXT, at + 1, inside)  # a message that never ended
        found = _EDGE.search(data, inside if size else at + 1)
        end = cut if cut > 0 else found.start() if found else len(data)
        yield data[at : end + (data[end : end + 1] == b"\xf7")], 0
        at = data.find(b"\xf0", end)


def _size(message: bytes) -> int:
    """How many bytes of voices a message's head announces; 0 for another kind of message."""
    head = message[:HEAD_SIZE]
    if len(head) < HEAD_SIZE or head[:2] != bytes((BEGIN, YAMAHA)) or head[2] > 0x0F:
        return 0
    return KINDS.get((head[3], head[4], head[5]), 0)


def _odd(message: bytes, payload: bytes, size: int) -> Iterator[str]:
    if len(payload) < size:
        whole = len(payload) // PACKED if size == BULK else 0
        yield f"it is cut short: {len(payload)} of {size} bytes, {whole} whole voices"
        return
    if max(payload) > 0x7F:
        yield "some bytes are above 127: their top bit was ignored"
    tail = message[HEAD_SIZE + size :]
    if len(tail) != 2 or tail[1] != END:
        yield "its end is not a checksum and F7"
    if tail and tail[0] != checksum(payload):
        yield f"its checksum is {tail[0]:02X}, that of its voices {checksum(payload):02X}"


def _voices(payload: bytes) -> Iterator[bytes]:
    """The whole voices of a payload, 155 bytes each."""
    if len(payload) == VOICE_BYTES:
        yield payload
        return
    for at in range(0, len(payload) - PACKED + 1, PACKED):
        yield unpack(payload[at : at + PACKED])


def _limited(voices: Sequence[Voice]) -> Iterator[str]:
    """One sentence on all voices with bytes out of range, which sound the same when limited."""
    odd = [(number, voice) for number, voice in enumerate(voices, 1) if voice.limited]
    if odd:
        number, voice = odd[0]
        which = f"for example voice {number} ({voice.name}): {voice.limited[0]}"
        yield f"{len(odd)} voices have values out of range, which were limited, {which}"


def _shortened(remarks: Sequence[str]) -> tuple[str, ...]:
    more = len(remarks) - MOST_REMARKS
    return (*remarks[:MOST_REMARKS], *([f"and {more} more like these"] if more > 0 else ()))
