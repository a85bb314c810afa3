"""32-bit float WAV files that carry their recipe. Same sound, same bytes: no time stamp inside.

`smpl` carries the root note (as samplers expect it), `LIST INFO ICMT` the recipe's JSON.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from starling.models.errors import InputError, ParseError

PCM_FORMAT, FLOAT_FORMAT = 1, 3  # WAVE_FORMAT_PCM, WAVE_FORMAT_IEEE_FLOAT
FLOAT_BITS = 32
MOST_CHANNELS = 2
RATES = range(1_000, 768_001)  # Hz; what another says is damage
ROOTS = range(128)  # MIDI notes
HEADER_BYTES = 16384  # everything before the samples fits: our recipes are far below 8 KiB


@dataclass(frozen=True, slots=True)
class WavHeader:
    """The header of a sound file; `root` is the MIDI note that plays it unshifted."""

    frames: int
    rate: int
    channels: int
    root: int
    recipe: str


def encode(audio: NDArray[np.float32], rate: int, *, root: int = 60, recipe: str = "") -> bytes:
    """The file's bytes for float32 audio (channels, frames) of one or two channels.

    Raises InputError for another shape, no frames, or samples that are not finite.
    """
    if audio.ndim != 2 or not 1 <= audio.shape[0] <= MOST_CHANNELS or not audio.shape[1]:
        raise InputError(f"a sound is (1 or 2 channels, frames), got shape {audio.shape}")
    channels, frames = audio.shape
    samples = np.ascontiguousarray(checked(audio).T, dtype="<f4")  # (frames, channels)
    start = header(frames, rate, channels, root=root, recipe=recipe)
    return b"".join((start, samples.data.cast("B")))


def checked(audio: NDArray[np.float32]) -> NDArray[np.float32]:
    """The samples; raises InputError when some are not finite."""
    if not np.isfinite(audio).all():
        raise InputError("a sound's samples must be finite, got NaN or infinity")
    return audio


def header(
    frames: int,
    rate: int,
    channels: int,
    bits: int = FLOAT_BITS,
    *,
    root: int = 60,
    recipe: str = "",
) -> bytes:
    """A file up to its samples: 32-bit float, or PCM of fewer bits."""
    sampler = struct.pack("<9I", 0, 0, 1_000_000_000 // rate, root, 0, 0, 0, 0, 0)
    comment = _chunk(b"ICMT", recipe.encode("utf-8") + b"\0")
    frame = channels * bits // 8
    kind = FLOAT_FORMAT if bits == FLOAT_BITS else PCM_FORMAT
    fmt = struct.pack("<HHIIHH", kind, channels, rate, rate * frame, frame, bits)
    extra = b"\0\0" if kind == FLOAT_FORMAT else b""  # cbSize 0, of formats other than PCM
    start = (
        b"WAVE",
        _chunk(b"fmt ", fmt + extra),
        _chunk(b"fact", struct.pack("<I", frames)),
        _chunk(b"smpl", sampler),
        _chunk(b"LIST", b"INFO" + comment),
        b"data" + struct.pack("<I", frames * frame),
    )
    return b"".join((b"RIFF", struct.pack("<I", sum(map(len, start)) + frames * frame), *start))


def read_header(path: Path) -> WavHeader:
    """The header of a file that `encode` made, checked; the samples are not read.

    Raises ParseError for anything else, and for a file that was cut short.
    """
    with path.open("rb") as file:
        start = file.read(HEADER_BYTES)
        size = file.seek(0, 2)
    try:
        return _parse(start, size)
    except (ValueError, KeyError, struct.error) as exc:
        raise ParseError(f"{path} is not a sound of the store: {exc}") from exc


def _parse(start: bytes, size: int) -> WavHeader:
    if start[:4] != b"RIFF" or start[8:12] != b"WAVE":
        raise ValueError("no RIFF WAVE header")
    if struct.unpack_from("<I", start, 4)[0] + 8 != size:
        raise ValueError("the file was cut short")
    chunks, at, samples = _chunks(start)
    form, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", chunks[b"fmt "])
    if (form, bits) != (FLOAT_FORMAT, 32):
        raise ValueError(f"format {form} of {bits} bits, not 32-bit float")
    (frames,) = struct.unpack("<I", chunks[b"fact"])
    (root,) = struct.unpack_from("<I", chunks[b"smpl"], 12)
    if not 1 <= channels <= MOST_CHANNELS or rate not in RATES or root not in ROOTS:
        raise ValueError(f"{channels} channels at {rate} Hz, root {root}")
    if frames < 1 or samples != frames * channels * 4 or at + samples > size:
        raise ValueError(f"{frames} frames in {samples} bytes")
    recipe = chunks[b"LIST"][12:].split(b"\0", 1)[0].decode("utf-8")
    return WavHeader(frames, rate, channels, root, recipe)


def _chunks(start: bytes) -> tuple[dict[bytes, bytes], int, int]:
    """The chunks before the samples, by name; where the samples begin, and their bytes."""
    found: dict[bytes, bytes] = {}
    at = 12
    while True:
        name, length = struct.unpack_from("<4sI", start, at)
        if name == b"data":
            return found, at + 8, length
        found[name] = start[at + 8 : at + 8 + length]
        at += 8 + length + length % 2


def _chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)
