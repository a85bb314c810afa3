"""A sound to be matched, made ready: its first note, from the onset on, its pitch, its length."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from starling.models.dsp.pitch import Pitch, estimate
from starling.models.dsp.signal import envelope, resample
from starling.models.errors import InputError
from starling.presets.features.spectral_loss import LEVEL, SAMPLE_RATE
from starling.presets.search.audio_query import MARGIN_S, SILENT_PEAK, read_onset
from starling.presets.search.onset import ONSET_DB

Array = NDArray[np.float32]

MAX_SECONDS = 2.0  # of a longer note; two seconds hold its attack, sustain and vibrato
MIN_SECONDS = 0.25  # a shorter sound is followed by silence, which is compared too
GAP_S = 0.2  # silence as long as this ends the note; it is compared too
GAP_DB = -60.0  # below the loudest moment is silence
RELEASE_S = 0.06  # the levels before and after a moment that are compared
ATTACK_S = 0.04  # no key goes up earlier
RELEASE_DB = 6.0  # a fall that is faster by this than before is the key's release
STEP_S = 0.01


@dataclass(frozen=True, slots=True)
class Target:
    """`samples` (frames,) at 44.1 kHz and a standard level; `held` is when the key goes up, in s.

    `remarks` are sentences for the user on what was left out or could not be found.
    """

    samples: Array
    pitch: Pitch
    held: float
    remarks: tuple[str, ...] = ()

    @property
    def seconds(self) -> float:
        """How long the sound is that renders are compared with."""
        return len(self.samples) / SAMPLE_RATE


def load_target(path: Path, cancelled: Callable[[], bool] = lambda: False) -> Target:
    """The first note of a sound file.

    Raises MissingError (no such file), ParseError (no sound), InputError (code `silent`), and
    CancelledError once `cancelled` says so.
    """
    found = read_onset(path, MAX_SECONDS + GAP_S + MARGIN_S, cancelled)
    return target_of(found.samples, found.rate, found.file_seconds)


def target_of(signal: Array, rate: int, whole_seconds: float | None = None) -> Target:
    """The first note of a mono sound (frames,) that lasts `whole_seconds`, if it was cut before.

    Raises InputError (code `silent`, or samples that are not numbers).
    """
    if not np.isfinite(signal).all():
        raise InputError("the target holds samples that are not numbers", code="bad_file")
    peak = float(np.abs(signal).max(initial=0.0))
    if peak < SILENT_PEAK:
        raise InputError("the target is silent: its peak is below -80 dB", code="silent")
    onset = int(np.argmax(np.abs(signal) >= peak * 10 ** (ONSET_DB / 20)))
    kept = signal[onset : onset + round((MAX_SECONDS + GAP_S) * rate)]
    note = _first_note(resample(kept, rate, SAMPLE_RATE))
    level = float(np.sqrt(np.mean(np.square(note, dtype=np.float64))))
    pitch = estimate(note, SAMPLE_RATE)
    whole = len(signal) / rate if whole_seconds is None else whole_seconds
    remarks = _remarks(len(note) / SAMPLE_RATE, whole - onset / rate, pitch)
    return Target(note * np.float32(LEVEL / level), pitch, release_of(note), remarks)


def release_of(note: Array) -> float:
    """When the key went up, in seconds: where the level falls most suddenly; else the end."""
    level = _levels(note)
    span = round(RELEASE_S / STEP_S)
    end = len(note) / SAMPLE_RATE
    at = np.arange(span + round(ATTACK_S / STEP_S), len(level) - span)
    if not len(at):
        return end
    bends = (level[at] - level[at + span]) - np.maximum(level[at - span] - level[at], 0.0)
    best = int(np.argmax(bends))
    return float(at[best] * STEP_S) if bends[best] > RELEASE_DB else end


def _first_note(sound: Array) -> Array:
    """The sound with its first gap, at most MOST_SECONDS, at least LEAST_SECONDS."""
    quiet = _levels(sound) < GAP_DB  # (steps,)
    run = round(GAP_S / STEP_S)
    gaps = np.convolve(quiet, np.ones(run), "valid") >= run if len(quiet) >= run else quiet[:0]
    end = (int(np.argmax(gaps)) + run) * round(STEP_S * SAMPLE_RATE) if gaps.any() else len(sound)
    kept = sound[: min(end, round(MAX_SECONDS * SAMPLE_RATE))]
    short = max(0, round(MIN_SECONDS * SAMPLE_RATE) - len(kept))
    return np.pad(kept, (0, short)).astype(np.float32)


def _levels(sound: Array) -> NDArray[np.float64]:
    """The level every STEP_S in dB relative to the loudest moment."""
    step = round(STEP_S * SAMPLE_RATE)
    found = envelope(sound, 2 * step)[::step].astype(np.float64)  # (steps,)
    return np.asarray(20 * np.log10(np.maximum(found / max(found.max(), 1e-12), 1e-6)))


def _remarks(seconds: float, of_seconds: float, pitch: Pitch) -> tuple[str, ...]:
    found = []
    if of_seconds - seconds > GAP_S:
        found.append(f"only the first note is matched: {seconds:.2f} s of {of_seconds:.1f} s")
    if not pitch.is_clear:
        sentence = "no clear pitch (noise, a drum or a chord): presets are played at note"
        found.append(f"{sentence} {pitch.note}")
    return tuple(found)
