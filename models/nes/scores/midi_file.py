"""MIDI files in and out of mido: bounded in size, every fault of a file one sentence."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import Any

import mido

from starling.models.datasets.store import write_whole
from starling.models.dsp.signal import shown_name
from starling.models.errors import InputError, ParseError

MidiFile = Any  # mido ships no types
Message = Any
Track = Any
MAX_BYTES = 8 * 2**20  # two million events, which take 1 GB and a minute to read
BAD_MIDI = (OSError, EOFError, ValueError, KeyError, IndexError, TypeError, struct.error)


def read(path: Path) -> MidiFile:
    """A Standard MIDI File of type 0 or 1. Raises InputError (no file), ParseError (not MIDI)."""
    name = shown_name(path)
    if not path.is_file():
        raise InputError(f"there is no MIDI file {path}", code="no_file")
    if path.stat().st_size > MAX_BYTES:
        raise ParseError(f"{name} is larger than {MAX_BYTES >> 20} MB, more than any song")
    return parse(path.read_bytes(), name)


def parse(data: bytes, name: str = "the MIDI") -> MidiFile:
    """The bytes of a Standard MIDI File of type 0 or 1. Raises ParseError."""
    try:
        file: MidiFile = mido.MidiFile(file=io.BytesIO(data), clip=True)  # type: ignore[no-untyped-call]
    except BAD_MIDI as error:
        raise ParseError(
            f"{name} is not a Standard MIDI File: {str(error) or 'it ends early'}"
        ) from error
    if file.type == 2:
        raise ParseError(
            f"{name} is a type 2 MIDI file (independent patterns); types 0 and 1 are songs"
        )
    return file


def to_bytes(file: MidiFile) -> bytes:
    """A file as bytes."""
    out = io.BytesIO()
    file.save(file=out)
    return out.getvalue()


def write(path: Path, file: MidiFile) -> None:
    """Write a file by rename."""
    write_whole(path, to_bytes(file))
