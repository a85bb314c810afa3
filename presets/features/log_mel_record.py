"""What a data set keeps of a sound: its log-mel spectrogram, its level, its loudest moment.

A record is (65, 51): 64 mel bands over 51 steps of 20 ms, and a row that begins with the level
and the loudest moment, so that it travels as one array.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from starling.models.dsp.mel import BANDS, FRAMES, LEVEL, STEPS, log_mel

Array = NDArray[np.float32]

ROWS = BANDS + 1
WINDOW = 2_048  # frames, 46 ms: a short percussive sound fills it, however silent the rest is
AUDIBLE = 1e-3  # RMS of the loudest moment: -60 dB; then one second is above -80 dB too


def log_mel_record(audio: Array) -> Array:
    """The record of a render (channels, frames) at 44.1 kHz, of which a second is looked at."""
    mono = audio.mean(axis=0, dtype=np.float32)[:FRAMES]  # (<= FRAMES,)
    mono = np.pad(mono, (0, FRAMES - len(mono)))  # (FRAMES,)
    found = np.zeros((ROWS, STEPS), np.float32)
    level = _rms(mono[None])[0]
    found[BANDS, :2] = level, _max_rms(mono)
    if is_audible(found):
        found[:BANDS] = log_mel(mono * np.float32(LEVEL / level))  # (64, 51)
    return found


def is_audible(log_mel_record: Array) -> bool:
    """Whether the level exceeds -60 dB for 46 ms: short sounds count, hum does not."""
    return bool(log_mel_record[BANDS, 1] > AUDIBLE)


def mel_of(records: Array) -> Array:
    """The spectrograms (..., 64, 51) of records."""
    return records[..., :BANDS, :]


def level_of(records: Array) -> Array:
    """The RMS levels (...) that the sounds had."""
    return records[..., BANDS, 0]


def _max_rms(mono: Array) -> float:
    """The highest RMS of 46 ms, at steps of half that."""
    windows = np.lib.stride_tricks.sliding_window_view(mono, WINDOW)[:: WINDOW // 2]  # (n, WINDOW)
    return float(_rms(windows).max())


def _rms(rows: Array) -> NDArray[np.float64]:
    return np.asarray(np.sqrt(np.mean(np.square(rows, dtype=np.float64), axis=1)))
