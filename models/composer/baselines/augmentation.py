"""LakhNES's augmentation, on frames: a subset of the voices, P1 and P2 swapped, other keys, tempi.

Two points differ, for frames know no single events: a note that leaves its voice's range becomes a
silence (LakhNES drops the event, and the note before sounds on), and a song in another tempo is
resampled at 24 Hz (LakhNES's waits are at 44.1 kHz).
"""

from __future__ import annotations

import numpy as np

from starling.models.composer.songs import HIGHEST, LOWEST, VOICES, Frames

SEMITONES = 6  # at most, up and down
STRETCH = 0.05  # at most, faster and slower
PITCHED = 3  # the noise keeps its notes


def augment(frames: Frames, random: np.random.Generator) -> Frames:
    """A song (N, 4) as LakhNES's trainer might get it: all four ways, each by chance."""
    if random.random() < 0.5:
        count = int(random.integers(1, len(VOICES)))
        frames = select(frames, random.choice(len(VOICES), count, replace=False))
    if random.random() < 0.5:
        frames = swap_pulses(frames)
    frames = transpose(frames, int(random.integers(-SEMITONES, SEMITONES + 1)))
    return stretch(frames, float(random.uniform(1 - STRETCH, 1 + STRETCH)))


def select(frames: Frames, voices: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Frames:
    """A song (N, 4) in which only some voices sound."""
    kept = np.zeros_like(frames)
    kept[:, voices] = frames[:, voices]
    return kept


def swap_pulses(frames: Frames) -> Frames:
    """A song (N, 4) with what P1 and P2 play exchanged."""
    return np.ascontiguousarray(frames[:, [1, 0, 2, 3]])


def transpose(frames: Frames, semitones: int) -> Frames:
    """A song (N, 4) in another key; notes that leave a voice's range become silence."""
    moved = frames.astype(np.int16)
    for voice in range(PITCHED):
        notes = moved[:, voice]
        there = np.where(notes > 0, notes + semitones, 0)
        inside = (there >= LOWEST[voice]) & (there <= HIGHEST[voice])
        moved[:, voice] = np.where(inside, there, 0)
    return moved.astype(np.uint8)


def stretch(frames: Frames, speed: float) -> Frames:
    """A song (N, 4) at `speed` times its tempo: each frame holds what sounds in its middle."""
    count = round(len(frames) / speed)
    middles = ((np.arange(count) + 0.5) * speed).astype(np.intp)
    return frames[np.minimum(middles, len(frames) - 1)] if count else frames[:0]
