"""One sound file made ready for a data set: mono, clean, trimmed, 24-bit FLAC, its figures."""

from __future__ import annotations

import base64
import hashlib
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from starling.models.datasets.training_set import PEAK
from starling.models.dsp import fingerprint
from starling.models.dsp import signal as audio
from starling.models.dsp.files import sound_file
from starling.models.dsp.files.sound_file import FileFacts
from starling.models.dsp.signal import Array
from starling.models.errors import ParseError
from starling.models.figures import unlike

MAX_SOURCE_SECONDS = 60.0  # longer is a recording of many sounds
MIN_SECONDS = 0.005  # below it is a click
SILENT_DB = -72.0  # peak; the dither of a silent 16-bit file lies at -84
PRESENT = 0.95  # share of the promised sound; headers are often wrong by less
ATTACK_SECONDS = 0.05  # kept at most before the first sample that is clearly sound
ATTACK_DB, QUIET_DB = -34.0, -60.0  # clearly sound; not even an attack
CUT_FADE_SECONDS, END_FADE_SECONDS = 0.05, 0.003
SCALE = 2**23 - 1  # of 24-bit samples


@dataclass(frozen=True, slots=True)
class Ready:
    """A sound for a data set; `loudness_db` is the RMS from start to end, as it was recorded."""

    flac: bytes
    seconds: float
    peak_db: float
    loudness_db: float
    sha256: str
    print: bytes
    source: FileFacts
    cut: bool


def fields(ready: Ready) -> dict[str, Any]:
    """What the journal of an import keeps of a sound."""
    return {
        "seconds": ready.seconds,
        "peak_db": ready.peak_db,
        "loudness_db": ready.loudness_db,
        "sha256": ready.sha256,
        "print": base64.b64encode(ready.print).decode(),
        "bytes": len(ready.flac),
        "cut": ready.cut,
        "format": ready.source.format,
        "subtype": ready.source.subtype,
        "rate": ready.source.sample_rate,
        "channels": ready.source.channels,
    }


def prepare(path: Path, sample_rate: int, seconds: float) -> Ready:
    """Read a sound file of any kind and make it ready.

    Raises ParseError that says why not: not audio, no samples, silent, not finite, cut short,
    longer than a minute, shorter than 5 ms.
    """
    facts = sound_file.probe(path)
    name = audio.shown_name(path)
    if facts.seconds > MAX_SOURCE_SECONDS:
        raise ParseError(
            f"{name} lasts {unlike(facts.seconds, MAX_SOURCE_SECONDS)} s; sounds of up to "
            f"{MAX_SOURCE_SECONDS:.0f} s are "
            "taken, so cut it into single ones"
        )
    frames, rate = sound_file.read_sound(path)
    present = min(facts.present, len(frames) / rate / max(facts.seconds, 1e-9))
    if present < PRESENT:
        raise ParseError(f"{name} is cut short: it holds {present:.0%} of what its header says")
    mono = audio.to_mono(frames)
    mono = audio.resample(mono - np.float32(audio.offset(mono, rate)), rate, sample_rate)
    sound, cut = shape(mono, sample_rate, seconds, name)
    return _finish(sound, sample_rate, facts, cut)


def shape(signal: Array, sample_rate: int, seconds: float, name: str) -> tuple[Array, bool]:
    """Trim a mono signal, cut it at `seconds`, fade its end; whether it was cut. Level as it is.

    It starts where the sound leaves -60 dB of its peak, but 50 ms before -34 dB at the earliest:
    soft attacks stay and long room noise goes. Raises ParseError for silence and for clicks.
    """
    signal = audio.block_dc(signal, sample_rate)
    peak_db = decibels(float(np.abs(signal).max()))
    if peak_db < SILENT_DB:
        peak = unlike(peak_db, SILENT_DB)
        raise ParseError(f"{name} is silent: its peak is {peak} dB, below {SILENT_DB:.0f}")
    loud = audio.onset(signal, ATTACK_DB) - int(ATTACK_SECONDS * sample_rate)
    sound = audio.trim_tail(signal[max(audio.onset(signal, QUIET_DB), loud) :], QUIET_DB)
    if len(sound) < MIN_SECONDS * sample_rate:
        lasts = unlike(1000 * len(sound) / sample_rate, 1000 * MIN_SECONDS, 1)
        raise ParseError(f"{name} lasts {lasts} ms, less than {1000 * MIN_SECONDS:.0f}")
    longest = int(seconds * sample_rate)
    cut = len(sound) > longest
    fade = int((CUT_FADE_SECONDS if cut else END_FADE_SECONDS) * sample_rate)
    sound = sound[:longest]
    return audio.fade_out(sound, min(fade, len(sound) // 4)), cut


def _finish(sound: Array, sample_rate: int, facts: FileFacts, cut: bool) -> Ready:
    """Bring to the standard peak, round to 24 bits, measure."""
    exact = audio.normalise_peak(sound, PEAK)
    whole = np.round(exact * SCALE).astype(np.int32)
    return Ready(
        encode(whole, sample_rate),
        len(sound) / sample_rate,
        decibels(float(np.abs(sound).max())),
        round(audio.rms_db(sound), 2),
        hashlib.sha256(whole.astype("<i4").tobytes()).hexdigest(),
        fingerprint.fingerprint(exact[audio.onset(exact, ATTACK_DB) :], sample_rate).tobytes(),
        facts,
        cut,
    )


def encode(whole: np.ndarray[tuple[int, ...], np.dtype[np.int32]], sample_rate: int) -> bytes:
    """Mono 24-bit samples as the bytes of a FLAC file."""
    file = io.BytesIO()
    soundfile.write(file, whole << 8, sample_rate, format="FLAC", subtype="PCM_24")
    return file.getvalue()


def decibels(amplitude: float) -> float:
    """An amplitude in dB relative to full scale, two decimals; -120 at the lowest."""
    return round(20 * float(np.log10(max(amplitude, 1e-6))), 2)
