"""Sound files of every kind opened, measured, and read whole or in blocks.

libsndfile reads them, from the file itself or, where its header is wrong, from a mended one
(chunks, headers, flac, mpeg); what it does not read, ffmpeg decodes where that is installed. Every
reader answers a bad file with `ParseError`: one sentence that names the file and its fault.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import soundfile

from starling.models.dsp.files import chunks, ffmpeg, flac, headers, kinds, mpeg
from starling.models.dsp.files.mended import Mended
from starling.models.dsp.files.spliced import SplicedFile
from starling.models.dsp.signal import SILENCE, Array, resample, shown_name, shown_path, to_mono
from starling.models.errors import MissingError, ParseError

MAX_CHANNELS = 64  # ambisonics of order 7; more is a corrupt header
MAX_RATE = 1_536_000  # Hz; twice what the fastest converters make; a corrupt header says more
MAX_SECONDS = 600.0  # hours-long files are read up to here, so that memory stays bounded
MENDERS = (chunks.mend, headers.mend_au, headers.mend_caf, flac.mend, mpeg.mend)


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What a sound file holds; `present` is the share of the sound promised that is in the file."""

    seconds: float
    sample_rate: int
    channels: int
    format: str
    subtype: str
    present: float


@contextmanager
def opened(path: Path) -> Iterator[soundfile.SoundFile]:
    """A sound file for reading; what goes wrong with it inside the block is a ParseError too.

    Raises MissingError (no such file) and ParseError (no sound, more than 64 channels, or a rate
    that nothing records at).
    """
    with _opened(path) as (file, _):
        yield file


def probe(path: Path) -> FileFacts:
    """What a file's header says, none of its sound. Raises as `opened`."""
    with _opened(path) as (file, present):
        return FileFacts(
            file.frames / file.samplerate,
            file.samplerate,
            file.channels,
            file.format,
            file.subtype,
            present,
        )


@contextmanager
def _opened(path: Path) -> Iterator[tuple[soundfile.SoundFile, float]]:
    """A sound file, and the share of what it promised."""
    if not path.is_file():
        raise MissingError(f"no sound file at {shown_path(path)}", code="bad_file")
    name, size = shown_name(path), 0
    with ExitStack() as stack:
        try:
            raw = stack.enter_context(path.open("rb"))
            size = os.fstat(raw.fileno()).st_size
            file, present = _sound(path, raw, size, stack)
            _check_header(file, name)
            yield file, present
        except OSError as error:
            raise ParseError(f"{name} cannot be read: {error.strerror or error}") from error
        except soundfile.SoundFileError as error:
            installed = ffmpeg.is_installed()
            raise ParseError(kinds.unreadable(path, name, size, ffmpeg=installed)) from error


def _check_header(file: soundfile.SoundFile, name: str) -> None:
    if file.channels > MAX_CHANNELS:
        raise ParseError(f"{name} has {file.channels} channels; at most {MAX_CHANNELS} are read")
    if file.samplerate > MAX_RATE:
        raise ParseError(f"{name} claims {file.samplerate} Hz; at most {MAX_RATE} are read")


def _sound(
    path: Path, raw: BinaryIO, size: int, stack: ExitStack
) -> tuple[soundfile.SoundFile, float]:
    """The file itself by the bytes of its name, which need not be UTF-8; or mended, or decoded."""
    whole = Mended((range(size),))
    mended = next(filter(None, (mend(raw, size) for mend in MENDERS)), whole)
    as_it_is = mended.parts == whole.parts
    source = os.fsencode(path) if as_it_is else SplicedFile(raw, mended.parts)
    try:
        return stack.enter_context(_libsndfile(source)), mended.present
    except soundfile.SoundFileError:
        if path.suffix.lower() not in kinds.BY_FFMPEG:
            raise
        wav = stack.enter_context(ffmpeg.decoded(path))
        if wav is None:
            raise
        return stack.enter_context(_libsndfile(wav)), 1.0


def _libsndfile(source: bytes | BinaryIO | SplicedFile) -> soundfile.SoundFile:
    """What libsndfile makes of a file. Raises SoundFileError."""
    try:
        return soundfile.SoundFile(source)  # type: ignore[arg-type]  # bytes do too
    except (ValueError, TypeError) as error:  # a rate of 0; a file without a header
        raise soundfile.SoundFileError(str(error)) from error


def read_sound(path: Path, *, max_seconds: float = MAX_SECONDS) -> tuple[Array, int]:
    """Read a sound file as (frames, channels) float32 with its rate in hertz.

    At most `max_seconds` are read. Raises MissingError (no such file) and ParseError (not audio,
    zero length, silent, not finite, more than 64 channels).
    """
    with opened(path) as file:
        rate = int(file.samplerate)
        frames = read_frames(file, int(max_seconds * rate))
    check_frames(frames, shown_name(path))
    return frames, rate


def read_blocks(path: Path, seconds: float) -> Iterator[Array]:
    """Yield a file of any length as (frames, channels) float32, `seconds` at a time.

    Raises MissingError and ParseError (not audio, not finite, more than 64 channels).
    """
    with opened(path) as file:
        while len(block := read_frames(file, int(seconds * file.samplerate))):
            check_finite(block, shown_name(path))
            yield block


def read_frames(file: soundfile.SoundFile, frames: int) -> Array:
    """The next frames, at most as many as given, (frames, channels)."""
    return np.asarray(file.read(frames, dtype="float32", always_2d=True), np.float32)


def check_finite(frames: Array, name: str) -> None:
    """Raise ParseError where a sample is no number."""
    if not np.isfinite(frames).all():
        raise ParseError(f"{name} holds samples that are not finite numbers (NaN or infinity)")


def check_frames(frames: Array, name: str) -> None:
    """Raise ParseError where there are no samples, all are silent, or some are not finite."""
    if len(frames) == 0:
        raise ParseError(f"{name} has no samples (zero length)")
    check_finite(frames, name)
    if np.abs(frames).max() < SILENCE:
        raise ParseError(f"{name} is silent: its peak is below -120 dB")


def load_sound(path: Path, sample_rate: int, *, max_seconds: float = MAX_SECONDS) -> Array:
    """Load a sound file as mono float32 (frames,) at `sample_rate` hertz, level as recorded.

    Raises MissingError and ParseError as `read_sound`.
    """
    frames, rate = read_sound(path, max_seconds=max_seconds)
    mono = resample(to_mono(frames), rate, sample_rate)
    check_frames(mono[:, None], shown_name(path))
    return mono
