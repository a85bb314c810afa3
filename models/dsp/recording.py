"""Recordings of any length: mono, free of DC, at one rate, level as recorded. No torch.

A file is read in blocks, so that only its samples at the requested rate are in memory.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
import soxr
from numpy.typing import NDArray

from starling.models.dsp import signal as audio
from starling.models.dsp.files import sound_file
from starling.models.dsp.files.sound_file import FileFacts
from starling.models.dsp.signal import Array
from starling.models.errors import ParseError

BLOCK_SECONDS = 10.0  # 15 MB of 192 kHz stereo
FULL_SCALE = 0.9999  # the highest value of 16 bits is 0.99997
LOUDEST = 1e6  # 120 dB above full scale; integers written as floats are below it


class _Filter(Protocol):
    """What takes a signal (frames,) block by block and remembers where it was."""

    def __call__(self, block: Array, /) -> Array:
        """Give out what is ready; an empty block ends the signal."""
        ...


@dataclass(frozen=True, slots=True)
class Recording:
    """A mono signal (frames,) and what its file says and holds.

    `clipped` is the share of the file's samples at full scale or beyond.
    """

    signal: Array
    facts: FileFacts
    clipped: float


@dataclass(slots=True)
class _Counts:
    """Sums over what has been read: of squares by channel, of the mean's squares, of clipping."""

    squares: NDArray[np.float64] = field(default_factory=lambda: np.zeros(1))
    mean_squares: float = 0.0
    samples: int = 0
    clipped: int = 0

    def add(self, block: Array, mono: Array) -> None:
        """Count a block (frames, channels) and its mixture (frames,)."""
        self.squares = self.squares + np.square(block, dtype=np.float64).sum(axis=0)
        self.mean_squares += float(np.square(mono, dtype=np.float64).sum())
        self.samples += block.size
        self.clipped += int(np.count_nonzero(np.abs(block) >= FULL_SCALE))

    @property
    def cancels(self) -> bool:
        """Whether averaging the channels all but removes what the loudest holds."""
        return bool(self.mean_squares < audio.CANCEL_RATIO**2 * self.squares.max())


def read(
    path: Path,
    sample_rate: int,
    progress: Callable[[float], None] = lambda fraction: None,
    *,
    block_dc: bool = True,
) -> Recording:
    """Read a sound file of any length, rate and width; the channels' average, or the loudest one
    where averaging would cancel. `block_dc` is not needed for what was written from here.

    Raises MissingError and ParseError (not audio, no samples, not finite, of absurd level).
    """
    facts = sound_file.probe(path)
    filters = _Filters(facts.sample_rate, sample_rate, block_dc)
    signal, counts = _mixed(path, facts, filters, None, progress)
    if facts.channels > 1 and counts.cancels:
        loudest = int(np.argmax(counts.squares))
        signal, _ = _mixed(path, facts, filters, loudest, progress)
    if not len(signal):
        raise ParseError(f"{audio.shown_name(path)} has no samples (zero length)")
    return Recording(signal, facts, counts.clipped / counts.samples)


def _mixed(
    path: Path,
    facts: FileFacts,
    filters: _Filters,
    channel: int | None,
    progress: Callable[[float], None],
) -> tuple[Array, _Counts]:
    """One channel of a file, or the mean of all, resampled and without DC; what was counted."""
    counts = _Counts()

    def blocks() -> Iterator[Array]:
        for block in sound_file.read_blocks(path, BLOCK_SECONDS):
            mono = block.mean(axis=1, dtype=np.float32) if channel is None else block[:, channel]
            if not np.abs(block).max() <= LOUDEST:
                name = audio.shown_name(path)
                raise ParseError(f"{name} is no sound: a sample is {np.abs(block).max():.0e}")
            counts.add(block, mono)
            done = counts.samples / facts.channels / facts.sample_rate
            progress(min(1.0, done / max(facts.seconds, BLOCK_SECONDS)))
            yield mono
        yield np.zeros(0, np.float32)

    whole = array("f")  # grows in place: twice the samples are never in memory
    resample, high_pass = filters.fresh()
    for mono in blocks():
        whole.frombytes(high_pass(resample(mono)).tobytes())
    return np.frombuffer(whole, np.float32), counts


@dataclass(frozen=True, slots=True)
class _Filters:
    """What a signal goes through: to another rate, then a high-pass unless it is free of DC."""

    source_hz: int
    target_hz: int
    block_dc: bool

    def fresh(self) -> tuple[_Filter, _Filter]:
        """Both as they are before a signal."""
        high_pass = _HighPass(self.target_hz) if self.block_dc else _unchanged
        return _resampler(self.source_hz, self.target_hz), high_pass


def _unchanged(block: Array) -> Array:
    return block


def _resampler(source_hz: int, target_hz: int) -> _Filter:
    """A filter that resamples with soxr VHQ; at equal rates it does nothing."""
    if source_hz == target_hz:
        return _unchanged
    stream = soxr.ResampleStream(source_hz, target_hz, 1, "float32", "VHQ")

    def resample(block: Array) -> Array:
        ready = stream.resample_chunk(np.ascontiguousarray(block), last=not len(block))
        return np.asarray(ready, np.float32)

    return resample


class _HighPass:
    """A second-order Butterworth high-pass at 20 Hz, which begins at rest on the signal's DC."""

    def __init__(self, sample_rate: int) -> None:
        from scipy.signal import butter  # slow to import, and a model that plays needs none

        self.rate = sample_rate
        self.sections = butter(2, audio.BLOCK_DC_HZ, "highpass", fs=sample_rate, output="sos")
        self.state: NDArray[np.float64] | None = None

    def __call__(self, block: Array, /) -> Array:
        """Filter the next block."""
        from scipy.signal import sosfilt, sosfilt_zi

        if not len(block):
            return block
        if self.state is None:
            self.state = sosfilt_zi(self.sections) * audio.offset(block, self.rate)
        filtered, self.state = sosfilt(self.sections, block, zi=self.state)
        return np.asarray(filtered, np.float32)
