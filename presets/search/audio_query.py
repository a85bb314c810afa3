"""A sound file as a search sees it: its first sounding second, mono, at the embedder's rate."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from soundfile import SoundFile

from starling.models.dsp.files.sound_file import MAX_CHANNELS, opened, read_frames
from starling.models.dsp.signal import resample, shown_name, to_mono
from starling.models.errors import CancelledError, InputError, ParseError
from starling.presets.features.embedder import Embedder
from starling.presets.features.embedders import NOTE_SECONDS

Array = NDArray[np.float32]

BLOCK = 65_536  # frames read at a time, so that a file of hours never fills the memory
MAX_SECONDS = 600.0  # of a longer file, the sound must begin within the first ten minutes
ONSET_DB = -50.0  # below the peak: above a recording's noise, below a slow attack
SILENT_PEAK = 1e-4  # -80 dB
MARGIN_S = 0.05  # read more than the embedder takes: resampling and trimming cost a little
MAX_SAMPLES = 2**27  # looked at, of all channels: 10 minutes at 192 kHz in a second or two
Cancelled = Callable[[], bool]
HELD_S = ((0.4, 0.6), (0.8, 1.0))  # the levels before and after that are compared
HELD_DB = -6.0  # louder than this relative to before, the note is still held
RELEASES_S = (0.02, 0.1, 0.35)  # short, middle and long releases of synth presets


@dataclass(frozen=True, slots=True)
class Onset:
    """A sound from where it begins: mono (frames,) at `rate`; `file_seconds` is all of the file."""

    samples: Array
    rate: int
    file_seconds: float


def load_query(path: Path, embedder: Embedder, cancelled: Cancelled = lambda: False) -> Array:
    """The part of a sound file that is compared, (frames,) from its onset on.

    Raises as `read_onset`.
    """
    found = read_onset(path, embedder.frames / embedder.sample_rate + MARGIN_S, cancelled)
    return resample(found.samples, found.rate, embedder.sample_rate)[: embedder.frames]


def read_onset(path: Path, seconds: float, cancelled: Cancelled = lambda: False) -> Onset:
    """At most `seconds` of a sound file, from its onset on.

    Raises MissingError (no such file), ParseError (no sound file, not finite), InputError
    (code `silent`: empty or silent), and CancelledError once `cancelled` says so.
    """
    with opened(path) as file:
        return _from_onset(file, shown_name(path), seconds, cancelled)


def _from_onset(file: SoundFile, name: str, seconds: float, cancelled: Cancelled) -> Onset:
    blocks = _blocks(file, cancelled)
    peaks = np.array([_peak(block, name) for block in blocks], np.float32)  # (blocks,)
    if not len(peaks):
        raise InputError(f"{name} is empty: it holds no samples", code="silent")
    peak = float(peaks.max())
    if peak < SILENT_PEAK:
        raise InputError(_silence(file, name, len(peaks)), code="silent")
    threshold = peak * 10 ** (ONSET_DB / 20)
    start = int(np.argmax(peaks >= threshold)) * BLOCK
    file.seek(start)
    needed = round(seconds * file.samplerate)
    frames = read_frames(file, BLOCK + needed)  # (frames, channels)
    onset = int(np.argmax((np.abs(frames) >= threshold).any(axis=1)))
    mono = to_mono(frames[onset : onset + needed])
    return Onset(mono, file.samplerate, file.frames / file.samplerate)


def onset_of(frames: Array, rate: int, seconds: float) -> Onset:
    """At most `seconds` of a sound in memory, (frames, channels), as `read_onset` of its file.

    Raises ParseError (more than 64 channels, not finite) and InputError (code `silent`).
    """
    name = "the sound"
    if frames.shape[1] > MAX_CHANNELS:
        raise ParseError(f"{name} has {frames.shape[1]} channels; at most {MAX_CHANNELS} are read")
    looked_at = frames[: int(MAX_SECONDS * rate)]
    if not looked_at.size:
        raise InputError(f"{name} is empty: it holds no samples", code="silent")
    peak = _peak(looked_at, name)
    if peak < SILENT_PEAK:
        raise InputError(f"{name} is silent: its peak is below -80 dB", code="silent")
    sounding = (np.abs(looked_at) >= peak * 10 ** (ONSET_DB / 20)).any(axis=1)
    onset = int(np.argmax(sounding))
    mono = to_mono(frames[onset : onset + round(seconds * rate)])
    return Onset(mono, rate, len(frames) / rate)


def query_variants(signal: Array, embedder: Embedder) -> list[Array]:
    """The query as it is and, if the note is still held, as if the key had been released.

    The library's notes are released after 0.65 s. With the timbre embedder, 360 notes of 0.3 to
    2.5 s at four other keys, of presets that it was not trained on, found their own among 1,590
    with an MRR of .867, without this with .850 (the classical one: .202 and .213); only one
    release, or the mean of all variants, is no better.
    """
    rate = embedder.sample_rate
    before, after = (_level_db(signal[round(a * rate) : round(b * rate)]) for a, b in HELD_S)
    if len(signal) <= HELD_S[1][0] * rate or after - before < HELD_DB:
        return [signal]
    return [signal, *(_released(signal, rate, seconds) for seconds in RELEASES_S)]


def _level_db(part: Array) -> float:
    power = float(np.mean(np.square(part, dtype=np.float64))) if len(part) else 0.0
    return 10 * float(np.log10(power + 1e-12))


def _released(signal: Array, rate: int, seconds: float) -> Array:
    """Fade to silence over `seconds` from where the library's notes are released."""
    start, frames = round(NOTE_SECONDS * rate), round(seconds * rate)
    ramp = np.linspace(1, 0, frames, dtype=np.float32)
    gain = np.concatenate([np.ones(start, np.float32), ramp])[: len(signal)]
    return np.asarray(signal[: len(gain)] * gain, np.float32)


def _silence(file: SoundFile, name: str, blocks: int) -> str:
    """Says that a file is silent, or only its beginning, of which so many blocks were read."""
    looked_at = blocks * BLOCK
    if looked_at < file.frames:
        seconds = looked_at / file.samplerate
        return f"{name} is silent in its first {seconds:.0f} s, which are all that is looked at"
    return f"{name} is silent: its peak is below -80 dB"


def _blocks(file: SoundFile, cancelled: Cancelled) -> Iterator[Array]:
    left = min(int(MAX_SECONDS * file.samplerate), MAX_SAMPLES // file.channels)
    while left > 0:
        if cancelled():
            raise CancelledError("the request was cancelled")
        block = read_frames(file, min(BLOCK, left))
        if not len(block):
            return
        left -= len(block)
        yield block


def _peak(block: Array, name: str) -> float:
    peak = max(float(block.max()), -float(block.min()))
    if not np.isfinite(block).all():
        raise ParseError(f"{name} holds samples that are not numbers")
    return peak
