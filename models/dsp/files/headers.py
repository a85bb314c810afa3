"""AU and CAF: files with one length in the header, which a recorder may not have filled in."""

from __future__ import annotations

from typing import BinaryIO, Literal

from starling.models.dsp.files.mended import Mended, share

ORDERS: dict[bytes, Literal["little", "big"]] = {b".snd": "big", b"dns.": "little"}
CAF_UNKNOWN = 2**64 - 1  # -1, which the format allows in the last chunk
CAF_HEAD, CAF_EDITS = 12, 4  # bytes of a chunk's head; of what comes before the sound
MAX_CHUNKS = 10_000


def mend_au(file: BinaryIO, size: int) -> Mended | None:
    """An AU file of unknown length, or one that is cut short; None for any other."""
    file.seek(0)
    head = file.read(12)
    order = ORDERS.get(head[:4])
    if order is None or len(head) < 12:
        return None
    start, length = (int.from_bytes(head[at : at + 4], order) for at in (4, 8))
    there = size - start
    if there <= 0 or 0 < length <= there:
        return None
    written = min(there, 2**32 - 1).to_bytes(4, order)
    return Mended((head[:8] + written, range(12, size)), share(length, there))


def mend_caf(file: BinaryIO, size: int) -> Mended | None:
    """A CAF file of unknown length, or one that is cut short; None for any other."""
    file.seek(0)
    if file.read(4) != b"caff":
        return None
    at = 8
    for _ in range(MAX_CHUNKS):
        file.seek(at)
        head = file.read(CAF_HEAD)
        length, there = int.from_bytes(head[4:], "big"), size - at - CAF_HEAD
        if len(head) < CAF_HEAD or (length > there and head[:4] != b"data"):
            return None
        if head[:4] == b"data":
            break
        at += CAF_HEAD + length
    if there <= CAF_EDITS or CAF_EDITS < length <= there:
        return None
    parts = range(at + 4), there.to_bytes(8, "big"), range(at + CAF_HEAD, size)
    promised = 0 if length <= CAF_EDITS else length
    return Mended(parts, share(promised, there))
