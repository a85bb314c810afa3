"""Sound files that libsndfile does not read, decoded by the program ffmpeg where there is one."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

PROGRAM = "ffmpeg"
SECONDS = 600.0  # for one file: hours of sound take a minute
OPTIONS = (
    *("-nostdin", "-loglevel", "error", "-protocol_whitelist", "file,pipe"),
    *("-i", "{file}", "-map", "0:a:0", "-map_metadata", "-1", "-f", "wav", "-c:a", "pcm_f32le"),
    *("-rf64", "auto", "pipe:1"),
)


def is_installed() -> bool:
    """Whether the program is found."""
    return shutil.which(PROGRAM) is not None


@contextmanager
def decoded(path: Path) -> Iterator[BinaryIO | None]:
    """The first sound of a file as WAV of 32-bit floats, on disk until the end; None for none."""
    with tempfile.TemporaryFile() as wav:
        yield wav if _decode(path, wav) else None


def _decode(path: Path, wav: BinaryIO) -> bool:
    """Whether ffmpeg wrote sound."""
    program = shutil.which(PROGRAM)
    if program is None:
        return False
    options = [each.format(file=f"file:{path.resolve()}") for each in OPTIONS]
    try:
        subprocess.run(
            [program, *options],
            stdin=subprocess.DEVNULL,
            stdout=wav,
            stderr=subprocess.DEVNULL,
            timeout=SECONDS,
            check=False,  # of a damaged file it gives what there is, and fails
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    wav.seek(0)
    return os.fstat(wav.fileno()).st_size > 0
