"""Parsers of songs, scores and sound files: rows of the table in `parsers.py`."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import soundfile
from parser_row import CASES, EXAMPLES, NUMBERS, Parser, file

from starling.engine.songs import song
from starling.engine.sounds import seal, wav
from starling.models.dsp.files import sound_file
from starling.models.errors import ParseError
from starling.models.midi import reader
from starling.models.nes.scores import midi as score_midi
from starling.models.nes.scores import nesmdb, pickles
from starling.models.nes.scores.midi_file import parse as parse_midi
from starling.models.nes.scores.score import from_notes
from starling.models.nes.vgm import gd3, vgm
from starling.models.nes.vgm.gd3 import Tags
from starling.models.nes.writes import writes_of


def midis() -> list[bytes]:
    """The cases and the demo's song."""
    cases = [path.read_bytes() for path in sorted((CASES / "midi").iterdir())]
    return [*cases, (EXAMPLES / "demo.mid").read_bytes(), *scores()]


def scores() -> list[bytes]:
    """A song of the chip as MIDI."""
    from starling.models.nes.scores.midi_file import to_bytes

    return [to_bytes(score_midi.to_midi(tune()))]


def tune() -> object:
    """Three states of four voices."""
    notes = np.array([[60, 64, 40, 0], [60, 0, 0, 16], [0, 33, 108, 1]], np.uint8)
    return from_notes(notes, name="tune")


def songs(data: bytes, folder: Path) -> object:
    """A file as a song of parts."""
    return song.song_of(reader.parse(data), "x.mid")


def chip_midi(data: bytes, folder: Path) -> object:
    """A file as a score of the chip."""
    return score_midi.from_midi(parse_midi(data))


def vgms() -> list[bytes]:
    """A few writes, a loop, tags."""
    writes = writes_of([(0, 0x15, 0x0F), (735, 0x00, 0xBF), (751, 0x03, 0)], 70_000)
    return [
        vgm.to_bytes(vgm.Vgm(writes, tags=Tags("title"))),
        vgm.to_bytes(vgm.Vgm(writes, vgm.Loop(1, 700))),
    ]


def npy() -> list[bytes]:
    """An array as it lies in an npz."""
    stream = io.BytesIO()
    np.save(stream, np.array([[60, 64, 40, 0]] * 3, np.uint8))
    return [stream.getvalue()]


def npz(data: bytes, folder: Path) -> object:
    """An npz of scores whose frames are some bytes: its checksums are right."""
    with zipfile.ZipFile(folder / "x.npz", "w") as packed:
        packed.writestr("frames.npy", data)
        for name, array in (
            ("offsets", np.array([0, 3])),
            ("names", np.array(["a"])),
            ("nsamps", np.array([5600])),
        ):
            stream = io.BytesIO()
            np.save(stream, array)
            packed.writestr(f"{name}.npy", stream.getvalue())
    return nesmdb.read_npz(folder / "x.npz")


@cache
def whole_npz() -> tuple[bytes, ...]:
    """A file as it is written."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        nesmdb.write_npz(Path(folder) / "x.npz", [tune()])  # type: ignore[list-item]
        return ((Path(folder) / "x.npz").read_bytes(),)


def pickled() -> list[bytes]:
    """As NES-MDB's own files are; written here, read by our own reader alone."""
    import pickle

    frames = np.zeros((6, 4), np.uint8)
    return [pickle.dumps((24.0, 11_025, frames), protocol) for protocol in (0, 2, 4)]


def sounds(form: str, subtype: str | None = None) -> Callable[[], list[bytes]]:
    """A tenth of a second of a kind."""

    def found() -> list[bytes]:
        stream = io.BytesIO()
        tone = 0.5 * np.sin(np.arange(2_205) / 8)
        soundfile.write(stream, np.stack([tone, -tone], 1), 22_050, format=form, subtype=subtype)
        return [stream.getvalue()]

    return found


def heard(path: Path) -> object:
    """What a sound file is, and its samples."""
    sound_file.probe(path)
    return sound_file.read_sound(path, max_seconds=5.0)


def sound(suffix: str, form: str, subtype: str | None = None) -> Parser:
    """A kind of sound file."""
    read = file(f"x{suffix}", heard)
    return Parser(f"sound {suffix}", sounds(form, subtype), read, (ParseError,), 6)


def stored_sounds() -> list[bytes]:
    """A sound of the store, sealed."""
    return [seal.sealed(wav.encode(NUMBERS[None] / 64, 44_100, recipe="{}"), [b""])]


MUSIC: tuple[Parser, ...] = (
    Parser("MIDI song", midis, songs, share=15),
    Parser("MIDI score", scores, chip_midi, share=10),
    Parser("VGM", vgms, lambda data, _: vgm.parse(data), share=20),
    Parser("GD3", lambda: [gd3.to_bytes(Tags("title", "game"))], lambda data, _: gd3.read(data, 0)),
    Parser("scores npz", whole_npz, file("x.npz", nesmdb.read_npz), share=6),
    Parser("scores npy", npy, npz, share=4),
    Parser("scores pickle", pickled, lambda data, _: pickles.load(data), share=10),
)


SOUNDS: tuple[Parser, ...] = (
    sound(".wav", "WAV"),
    sound(".flac", "FLAC"),
    sound(".aiff", "AIFF"),
    sound(".au", "AU"),
    sound(".caf", "CAF"),
    sound(".ogg", "OGG"),
    sound(".w64", "W64"),
    sound(".mp3", "MP3"),
    Parser(
        "stored sound",
        stored_sounds,
        file("x.wav", lambda path: seal.read(path, [path.with_suffix(".mid")])),
        (ParseError,),
    ),
    Parser("stored sound's header", stored_sounds, file("x.wav", wav.read_header), (ParseError,)),
)
