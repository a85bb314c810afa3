"""What a mended header says, and which lengths say nothing."""

from __future__ import annotations

from dataclasses import dataclass

from starling.models.dsp.files.spliced import Part

GIB = 2**30
# Writers that cannot go back to the header put their largest length there, less a header or a
# rounding: SoX 0x7FFFF000 and 0x7F000000, arecord 0x7FFFFFFF, ffmpeg 0xFFFFFFFF, others 2^31.
PIPED = (range(0x7F000000, 2 * GIB + 256), range(4 * GIB - 256, 4 * GIB), range(2**63 - 1, 2**64))


@dataclass(frozen=True, slots=True)
class Mended:
    """A file as it is to be read; `present` is the share of the promised sound that is there."""

    parts: tuple[Part, ...]
    present: float = 1.0


def says_nothing(length: int) -> bool:
    """Whether a length in a header is that of a stream whose end was not known yet."""
    return length == 0 or any(length in each for each in PIPED)


def share(promised: int, there: int) -> float:
    """How much of a promised length is there; all of it where none was known."""
    return 1.0 if says_nothing(promised) or there >= promised else there / promised
