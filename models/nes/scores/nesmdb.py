"""NES-MDB's scores on disk: many songs in one npz, and single songs as its original pickles.

frames   uint8 (frames, 4) separated, or (frames, 4, 3) expressive
offsets  int64 (songs + 1,): song i is frames[offsets[i]:offsets[i + 1]]
names    text (songs,)
nsamps   int64 (songs,): lengths at 44.1 kHz
"""

from __future__ import annotations

import io
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from starling.models.datasets.store import write_whole
from starling.models.dsp.signal import shown_name
from starling.models.errors import InputError, MissingError, ParseError
from starling.models.nes.scores import pickles
from starling.models.nes.scores.score import HALF_DUTY, RATE, Score, from_notes, shape_faults

ARRAYS = {"frames": "u1", "offsets": "i8", "names": "U", "nsamps": "i8"}
MAX_BYTES = 2**29  # unpacked; NES-MDB's largest file takes 42 MB
DAMAGED = (  # what numpy, zipfile and zlib raise over an npz that is damaged, or none
    *(OSError, ValueError, EOFError, KeyError, IndexError, TypeError, OverflowError),
    *(SyntaxError, RecursionError, NotImplementedError, RuntimeError, MemoryError),
    *(zipfile.BadZipFile, zlib.error, struct.error, tokenize.TokenError),
)


def read_npz(path: Path, duty: int = HALF_DUTY) -> tuple[Score, ...]:
    """Every song of an npz; `duty` 0..3 is that of separated scores, which have none.

    Raises MissingError, ParseError and InputError that names the song and its fault.
    """
    arrays = _arrays(path)
    frames, offsets = arrays["frames"], arrays["offsets"]
    _require_songs(arrays, shown_name(path))
    return tuple(
        _score(frames[first:last], RATE, int(samples), str(name), duty)
        for first, last, samples, name in zip(
            offsets[:-1], offsets[1:], arrays["nsamps"], arrays["names"], strict=True
        )
    )


def _arrays(path: Path) -> dict[str, NDArray[np.generic]]:
    """The four arrays of a file, each of its own kind. Raises MissingError and ParseError."""
    found = read_arrays(path, ARRAYS)
    for name, code in ARRAYS.items():
        if not found[name].dtype.str.lstrip("<|=").startswith(code):
            kind = found[name].dtype
            raise ParseError(f"{shown_name(path)}: {name} must be of type {code}, got {kind}")
    return found


def read_arrays(
    path: Path, wanted: Collection[str], optional: Collection[str] = ()
) -> dict[str, NDArray[np.generic]]:
    """Arrays of an npz of scores by name, at most MAX_BYTES of them; optional ones may be absent.

    Raises MissingError (no such file) and ParseError (no npz, too large, an array is missing).
    """
    if not path.is_file():
        raise MissingError(f"no scores at {path}", code="no_file")
    try:
        _require_size(path)
        with np.load(path, allow_pickle=False) as file:
            there = [name for name in optional if name in file]
            return {name: np.asarray(file[name]) for name in (*wanted, *there)}
    except ParseError:
        raise
    except DAMAGED as error:
        raise ParseError(
            f"{shown_name(path)} is no npz of scores with the arrays {', '.join(wanted)}"
        ) from error


def _require_size(path: Path) -> None:
    """Raise ParseError where a file would take too much memory."""
    with zipfile.ZipFile(path) as packed:
        size = sum(entry.file_size for entry in packed.infolist())
    if size > MAX_BYTES:
        raise ParseError(
            f"{shown_name(path)} holds {size >> 20} MB unpacked; at most {MAX_BYTES >> 20} are read"
        )


def _require_songs(arrays: Mapping[str, NDArray[np.generic]], name: str) -> None:
    """Raise ParseError where the songs do not fill the frames one after the other."""
    offsets, songs = arrays["offsets"].astype(np.int64), arrays["names"].size
    if arrays["frames"].shape[1:] not in ((4,), (4, 3)):
        shape = arrays["frames"].shape
        raise ParseError(f"{name}: frames must have the shape (N, 4) or (N, 4, 3), got {shape}")
    if not offsets.shape == (songs + 1,) or arrays["nsamps"].shape != (songs,):
        raise ParseError(
            f"{name}: {songs} names need {songs + 1} offsets and {songs} nsamps, got "
            f"{offsets.size} and {arrays['nsamps'].size}"
        )
    total = len(arrays["frames"])
    if offsets[0] != 0 or offsets[-1] != total or (np.diff(offsets) < 1).any():
        raise ParseError(f"{name}: offsets must rise from 0 to {total}, the number of frames")


def write_npz(path: Path, scores: Sequence[Score]) -> None:
    """Write songs of 24 Hz as one npz of expressive scores, by rename; equal songs, equal bytes.

    Raises InputError for no song or another rate.
    """
    if not scores:
        raise InputError(f"{shown_name(path)} would hold no score")
    for score in scores:
        if score.rate != RATE:
            raise InputError(f"{score.name}: rate must be {RATE:g} Hz, got {score.rate:g}")
    file = io.BytesIO()
    np.savez_compressed(
        file,
        frames=np.concatenate([score.frames for score in scores]),
        offsets=np.cumsum([0, *map(len, scores)], dtype=np.int64),
        names=np.array([score.name for score in scores], np.str_),
        nsamps=np.array([score.samples for score in scores], np.int64),
    )
    write_whole(path, file.getvalue())


def read_pickle(path: Path, duty: int = HALF_DUTY) -> Score:
    """A song of NES-MDB's original files: a pickled (rate, samples, frames), named as the file.

    `duty` 0..3 is that of separated scores. Raises MissingError, ParseError (anything but numbers
    and one array in it: nothing of it is executed) and InputError that names the score's fault.
    """
    name = shown_name(path)
    if not path.is_file():
        raise MissingError(f"no score at {path}", code="no_file")
    if path.stat().st_size > pickles.MAX_BYTES:
        raise ParseError(f"{name} is larger than {pickles.MAX_BYTES >> 20} MB")
    value = pickles.load(path.read_bytes(), name)
    match value:
        case (float() | int() as rate, int() as samples, np.ndarray() as frames):
            return _score(frames, float(rate), samples, path.name.split(".")[0], duty)
    raise ParseError(f"{name} must hold (rate, samples, frames), got {_shape(value)}")


def _shape(value: object) -> str:
    """What a value is, in short."""
    if isinstance(value, tuple):
        return f"({', '.join(type(each).__name__ for each in value)})"
    return type(value).__name__


def _score(frames: NDArray[np.generic], rate: float, samples: int, name: str, duty: int) -> Score:
    """Frames (N, 4) or (N, 4, 3) as a score."""
    whole = frames.astype(np.uint8, copy=False)
    if whole.ndim == 2 and not shape_faults(whole, (4,)):
        return from_notes(whole, duty=duty, rate=rate, samples=samples, name=name)
    return Score(whole, rate, samples, name)
