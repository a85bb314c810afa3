"""Debian's libgme, an independent emulator (Game_Music_Emu), by ctypes: for comparison only."""

from __future__ import annotations

import ctypes
import ctypes.util
from ctypes import POINTER, byref, c_char_p, c_double, c_int, c_long, c_short, c_void_p

import numpy as np
from numpy.typing import NDArray

ABSENT = "libgme is not installed: `apt-get install libgme0` brings it on Debian"
RATE = 44_100


class Equalizer(ctypes.Structure):
    """What libgme does to the sound: treble in dB, the cutoff of its high-pass in hertz."""

    _fields_ = (("treble", c_double), ("bass", c_double), ("unused", c_double * 8))


FLAT = Equalizer(0.0, 1.0)


def found() -> ctypes.CDLL | None:
    """The library, if it is installed."""
    name = ctypes.util.find_library("gme")
    return ctypes.CDLL(name) if name else None


def played(library: ctypes.CDLL, file: bytes, frames: int) -> NDArray[np.float64]:
    """The first track of a file (frames,), unfiltered; one of two equal channels."""
    emulator = c_void_p()
    library.gme_open_data.restype = c_char_p
    library.gme_open_data.argtypes = (c_char_p, c_long, POINTER(c_void_p), c_int)
    check(library.gme_open_data(file, len(file), byref(emulator), RATE))
    library.gme_set_equalizer.argtypes = (c_void_p, POINTER(Equalizer))
    library.gme_set_equalizer(emulator, byref(FLAT))
    library.gme_ignore_silence.argtypes = (c_void_p, c_int)
    library.gme_ignore_silence(emulator, 1)
    for name, kind in (("start_track", c_int), ("play", c_int)):
        function = getattr(library, f"gme_{name}")
        function.restype, function.argtypes = c_char_p, (c_void_p, kind)
    check(library.gme_start_track(emulator, 0))
    samples = np.zeros(2 * frames, np.int16)
    library.gme_play.argtypes = (c_void_p, c_int, POINTER(c_short))
    check(library.gme_play(emulator, len(samples), samples.ctypes.data_as(POINTER(c_short))))
    library.gme_delete.argtypes = (c_void_p,)
    library.gme_delete(emulator)
    return samples[::2] / 32768


def check(complaint: bytes | None) -> None:
    """Raise what libgme complains of."""
    if complaint:
        raise RuntimeError(complaint.decode())
