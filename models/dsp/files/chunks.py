"""WAV, RF64 and AIFF: chunks, found also where a length is unknown or a pad byte is missing.

A chunk is a name of four bytes, a length of four, and as much content, padded to an even length
(EA IFF 85, 1985; RIFF of Microsoft, 1991). libsndfile believes the lengths; where that would lose
the sound, it is given the same content under a new header.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Literal

from starling.models.dsp.files.mended import Mended, says_nothing, share

LONGEST = 0xFFFFFFFF  # of a chunk; libsndfile takes it for "to the end of the file"
MAX_CHUNKS = 10_000  # a file of more is no sound file
NAMES = frozenset(
    b"fmt |data|fact|LIST|list|bext|cue |smpl|inst|PEAK|id3 |ID3 |JUNK|junk|PAD |FLLR|iXML|acid"
    b"|ds64|afsp|minf|elm1|regn|umid|aXML|axml|chna|_PMX|cart|levl|LGWV|wavl|plst|strc|DISP|SAUR|qlty"
    b"|mext|link|CSET|INFO|Cr8r|SNDM|AFAn|"
    b"COMM|SSND|FVER|MARK|INST|MIDI|AESD|APPL|COMT|NAME|AUTH|(c) |ANNO|CHAN|basc|trns|cate".split(
        b"|"
    )
)


@dataclass(frozen=True, slots=True)
class Form:
    """A kind of file that is made of chunks; `before` bytes of the sound's chunk are no sound."""

    order: Literal["little", "big"]
    sound: bytes
    before: int
    kept: frozenset[bytes]  # what a reader needs besides


WAVE = Form("little", b"data", 0, frozenset({b"fmt "}))
AIFF = Form("big", b"SSND", 8, frozenset({b"COMM", b"FVER"}))
FORMS = {
    (b"RIFF", b"WAVE"): WAVE,
    (b"RF64", b"WAVE"): WAVE,
    (b"BW64", b"WAVE"): WAVE,
    (b"FORM", b"AIFF"): AIFF,
    (b"FORM", b"AIFC"): AIFF,
}


@dataclass(frozen=True, slots=True)
class Chunk:
    """A chunk: its name, where its content begins, its length as written; whether it is padded."""

    name: bytes
    start: int
    length: int
    padded: bool = True


def mend(file: BinaryIO, size: int) -> Mended | None:
    """A WAV or AIFF file to be read whole; None where it is read so as it is, or is none."""
    file.seek(0)
    head = file.read(12)
    form = FORMS.get((head[:4], head[8:]))
    if form is None:
        return None
    found = list(_chunks(file, size, form))
    if not found or found[-1].name != form.sound:
        return None
    *others, last = found
    wide = _long_length(file, others, form) if head[:4] != b"RIFF" else last.length
    promised = wide if form is WAVE and last.length == LONGEST else last.length
    there = size - last.start
    empty = last.length <= form.before
    if empty and (there <= form.before or _follows(file, last, size, form)):
        return None  # it says that it holds nothing, and so it is
    plain = all(each.padded for each in others) and not empty
    if plain and (head[:4] != b"RF64" or not says_nothing(promised)):
        return _present(size, promised, there)
    return _rebuilt(file, head, others, last, size, form, promised)


def _present(size: int, promised: int, there: int) -> Mended | None:
    """The file as it is, where some of it is missing."""
    return Mended((range(size),), share(promised, there)) if promised > there else None


def _chunks(file: BinaryIO, size: int, form: Form) -> Iterator[Chunk]:
    """The chunks up to that of the sound."""
    at = 12
    for _ in range(MAX_CHUNKS):
        file.seek(at)
        head = file.read(8)
        if len(head) < 8:
            return
        name, length = head[:4], int.from_bytes(head[4:], form.order)
        if name == form.sound:
            yield Chunk(name, at + 8, length)
            return
        padded = not length % 2 or _is_padded(file, at + 8 + length)
        yield Chunk(name, at + 8, length, padded)
        at += 8 + length + (length % 2 if padded else 0)


def _is_padded(file: BinaryIO, end: int) -> bool:
    """Whether the next chunk begins a byte after an odd one's end, as it should."""
    file.seek(end)
    following = file.read(5)
    return following[1:] in NAMES or following[:4] not in NAMES


def _follows(file: BinaryIO, chunk: Chunk, size: int, form: Form) -> bool:
    """Whether after a sound of no length a further chunk stands, and not sound."""
    file.seek(chunk.start + chunk.length)
    head = file.read(8)
    length = int.from_bytes(head[4:], form.order)
    return head[:4] in NAMES and chunk.start + chunk.length + 8 + length <= size


def _long_length(file: BinaryIO, others: list[Chunk], form: Form) -> int:
    """The length of the sound in the chunk ds64 of RF64; 0 where there is none."""
    for each in others:
        if each.name == b"ds64" and each.length >= 16:
            file.seek(each.start + 8)
            return int.from_bytes(file.read(8), form.order)
    return 0


def _rebuilt(
    file: BinaryIO, head: bytes, others: list[Chunk], last: Chunk, size: int, form: Form, long: int
) -> Mended:
    """The same sound under a header that says how long it is."""
    there = size - last.start
    length = there if says_nothing(long) or long <= form.before else min(there, long)
    kept = b""
    for each in others:
        if each.name in form.kept:
            file.seek(each.start)
            kept += _chunk_head(each.name, each.length, form) + file.read(each.length)
            kept += bytes(each.length % 2)
    kept += _chunk_head(form.sound, length, form)
    whole = min(4 + len(kept) + length, LONGEST).to_bytes(4, form.order)
    magic = b"FORM" if form is AIFF else b"RIFF"
    parts = magic + whole + head[8:] + kept, range(last.start, last.start + length)
    return Mended(parts, share(long, there))


def _chunk_head(name: bytes, length: int, form: Form) -> bytes:
    return name + min(length, LONGEST).to_bytes(4, form.order)
