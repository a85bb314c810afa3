"""A mix as a sound file, written block by block: WAV (16 or 24 bit, 32-bit float) or FLAC.

Sixteen bits are dithered (triangular, always alike): the same mix gives the same bytes.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from starling.engine.songs.curves import blocks
from starling.engine.sounds import wav
from starling.engine.sounds.whole_files import written
from starling.models.errors import InputError

Array = NDArray[np.float32]
FORMATS = {".wav": (32, 24, 16), ".flac": (24, 16)}  # their bits, the usual ones first
MOST_BYTES = 2**32 - 4096  # of the samples in a WAV file, whose sizes have 32 bits


def check(path: Path, bits: int | None, name: str = "out") -> int:
    """The bits of a file; raises InputError for a format or bits that there are not."""
    allowed = FORMATS.get(path.suffix.lower())
    if allowed is None:
        raise InputError(
            f"{name} must end in {' or '.join(FORMATS)}, got {path.name}", code="bad_path"
        )
    if bits is not None and bits not in allowed:
        listed = ", ".join(map(str, sorted(allowed)))
        raise InputError(f"bits of a {path.suffix} file must be one of {listed}, got {bits}")
    return bits or allowed[0]


def check_size(path: Path, frames: int, bits: int) -> None:
    """Raise InputError for what is too long for a WAV file."""
    if path.suffix.lower() == ".wav" and frames * bits // 4 > MOST_BYTES:
        raise InputError(
            f"{path.name} would be larger than the 4 GB that a WAV file holds: write a .flac file, "
            "or fewer bits or a lower rate"
        )


def write(path: Path, audio: Array, sample_rate: int, bits: int) -> None:
    """Write (2, frames) whole or not at all. Raises InputError for samples that are not finite."""
    with written(path, b"") as part:
        if path.suffix.lower() == ".flac":
            _write_flac(part, audio, sample_rate, bits)
        else:
            with part.open("wb") as file:
                write_wav(file, audio, sample_rate, bits)
        os.replace(part, path)


def write_wav(file: BinaryIO, audio: Array, sample_rate: int, bits: int) -> None:
    """Write a WAV file to a stream, which need not be seekable."""
    channels, frames = audio.shape
    file.write(wav.header(frames, sample_rate, channels, bits))
    if bits == wav.FLOAT_BITS:
        for start, end in blocks(frames):
            samples = wav.checked(audio[:, start:end])
            file.write(np.ascontiguousarray(samples.T, "<f4").data.cast("B"))
        return
    for whole in _whole(audio, bits):
        packed = whole.view(np.uint8).reshape(*whole.shape, 4)[..., : bits // 8]
        file.write(np.ascontiguousarray(packed).data.cast("B"))


def _write_flac(path: Path, audio: Array, sample_rate: int, bits: int) -> None:
    import soundfile

    open_file: Any = soundfile.SoundFile
    settings = {"format": "FLAC", "subtype": f"PCM_{bits}"}
    with open_file(str(path), "w", sample_rate, len(audio), **settings) as file:
        for whole in _whole(audio, bits):
            file.write(whole << (32 - bits))  # it takes the highest bits


def _whole(audio: Array, bits: int) -> Iterator[NDArray[np.int32]]:
    """Blocks of samples (frames, channels) as whole numbers of so many bits, clipped to them."""
    full = 2 ** (bits - 1)
    dice = np.random.default_rng(0)
    for start, end in blocks(audio.shape[1]):
        scaled = np.ascontiguousarray(wav.checked(audio[:, start:end]).T, np.float64) * full
        if bits == 16:
            scaled += dice.random(scaled.shape) - dice.random(scaled.shape)
        yield np.clip(np.rint(scaled), -full, full - 1).astype("<i4")
