"""A texture as an instrument: a held key plays it for as long as it is held, tuned by resampling.

Seeds and velocity follow the plugin's Fresh mode. The notes of a track are rendered in one batch,
block by block: memory does not grow with their length, and the same notes give the same bytes.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import soxr
from numpy.typing import NDArray

from starling.engine.render.notes import SongNote
from starling.engine.render.one_shots import RELEASE_SECONDS
from starling.engine.render.parts import HeldTexture
from starling.engine.sounds.control_text import with_key
from starling.engine.sounds.generate import Generators
from starling.engine.sounds.primes import read_prime
from starling.engine.sounds.recipe import fresh_seed
from starling.engine.sounds.takes import Stopped, TakePart, blocks
from starling.models.samplernn.take import Take

ATTACK_SECONDS = 0.005  # of every note: a texture begins in the middle of a wave
Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class HeldNote:
    """A note in frames of the song: where it starts, how long it is held, how loud it is."""

    start: int
    held: int
    level: float

    def gain(self, at: int, frames: int, attack: int, release: int) -> Array:
        """Its level over so many frames from `at` on, counted from its start."""
        place = np.arange(at, at + frames, dtype=np.float64)
        rise = np.minimum(1.0, (place + 1) / attack)
        fall = np.clip((self.held + release - place) / release, 0.0, 1.0)
        return np.asarray(self.level * rise * fall, np.float32)


@dataclass(slots=True)
class HeldTake:
    """One take, played by one or more notes of its key, and how far it is."""

    key: int
    step: int
    notes: list[HeldNote] = field(default_factory=list)
    at: int = 0  # frames of the song that are done

    @property
    def frames(self) -> int:
        """The longest note, in frames of the song, without its release."""
        return max(note.held for note in self.notes)

    def add(self, samples: Array, song: Array, sample_rate: int) -> None:
        """Add the next samples (frames,), at the song's rate, to the song (2, frames)."""
        attack = max(1, round(ATTACK_SECONDS * sample_rate))
        release = round(RELEASE_SECONDS * sample_rate)
        for note in self.notes:
            start = note.start + self.at
            count = min(len(samples), note.held + release - self.at, song.shape[1] - start)
            if count > 0:
                gain = note.gain(self.at, count, attack, release)
                song[:, start : start + count] += samples[:count] * gain
        self.at += len(samples)


def play(
    texture: HeldTexture,
    notes: Sequence[SongNote],
    generators: Generators,
    sample_rate: int,
    frames: int,
    stopped: Stopped = lambda: False,
) -> Array:
    """A track (2, frames). Raises CancelledError when `stopped` says so."""
    card = generators.texture_card(texture.model)
    song = np.zeros((2, frames), np.float32)
    takes = held_takes(notes, texture.round_robin, sample_rate)
    prime = None
    if texture.prime:
        prime = read_prime(texture.prime, card.sample_rate, card.gain).samples
    parts, tuners = [], []
    for take in takes:
        target = sample_rate / 2 ** ((take.key - card.root) / 12)
        seconds = take.frames / sample_rate + RELEASE_SECONDS
        count = math.ceil(seconds * sample_rate * card.sample_rate / target)
        tuners.append(_Tuner(card.sample_rate, target, count))
        parts.append(TakePart(_take(texture, take, generators, prime), count))
    player = generators.texture(texture.model)
    for index, samples in blocks(player, parts, stopped):
        takes[index].add(tuners[index].tuned(samples), song, sample_rate)
    return song


def held_takes(notes: Sequence[SongNote], round_robin: int, sample_rate: int) -> list[HeldTake]:
    """The takes that notes play, in the order of their first notes."""
    played: Counter[int] = Counter()
    takes: dict[tuple[int, int], HeldTake] = {}
    for note in notes:
        step = played[note.key] % round_robin
        played[note.key] += 1
        take = takes.setdefault((note.key, step), HeldTake(note.key, step))
        held = max(1, round(note.seconds * sample_rate))
        level = (note.velocity / 127) ** 2
        take.notes.append(HeldNote(round(note.start * sample_rate), held, level))
    return list(takes.values())


def _take(
    texture: HeldTexture, take: HeldTake, generators: Generators, prime: Array | None
) -> Take:
    card = generators.card(texture.model)
    controls = with_key(card, dict(texture.controls), take.key)
    seed = fresh_seed(texture.seed, take.key, take.step)
    recipe = generators.recipe(texture.model, seed, controls)
    return Take(recipe.seed, dict(recipe.controls), prime)


class _Tuner:
    """Resamples a sound of `frames` frames that comes in blocks."""

    def __init__(self, source: int, target: float, frames: int) -> None:
        self._left = frames
        self._stream = None
        if source != target:
            self._stream = soxr.ResampleStream(source, target, 1, "float32", "VHQ")

    def tuned(self, samples: Array) -> Array:
        """What can be given out after the next samples (frames,)."""
        if self._stream is None:
            return samples
        self._left -= len(samples)
        return np.asarray(self._stream.resample_chunk(samples, not self._left), np.float32)
