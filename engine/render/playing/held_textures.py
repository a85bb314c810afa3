"""A texture as an instrument: a held key plays it for as long as it is held, tuned by resampling.

Seeds and velocity follow the plugin's Fresh mode. The notes of a track are rendered in one batch,
block by block: memory does not grow with their length, and the same notes give the same bytes.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import soxr
from numpy.typing import NDArray

from starling.engine.render.parts import HeldTexture
from starling.engine.render.playing.one_shots import RELEASE_SECONDS
from starling.engine.render.playing.warp import TAPS, places, read
from starling.engine.songs.curves import Room
from starling.engine.songs.notes import SongNote
from starling.engine.songs.pitch import Pitch
from starling.engine.sounds.control_text import with_key
from starling.engine.sounds.generate import Generators
from starling.engine.sounds.primes import read_prime
from starling.engine.sounds.recipe import fresh_seed
from starling.engine.sounds.takes import Stopped, TakePart, blocks
from starling.models.samplernn.take import Take

ATTACK_SECONDS = 0.005  # of every note: a texture begins in the middle of a wave
Array = NDArray[np.float32]
Places = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class HeldNote:
    """A note in frames of the song: where it starts, how long it is held, how loud it is."""

    start: int
    held: int
    level: float
    places: Places | None = None  # (m,) where in the take each frame of a bent note is

    def needed(self, release: int) -> int:
        """How many frames of the take it plays, its release included."""
        if self.places is None:
            return self.held + release
        return math.ceil(self.places[-1]) + TAPS if len(self.places) else 0

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
    at: int = 0  # frames of the take that are done
    last: Array = field(default_factory=lambda: np.zeros(2 * TAPS, np.float32))  # of them

    def frames(self, release: int) -> int:
        """How much of it the longest note plays, in frames of the song."""
        return max(note.needed(release) for note in self.notes)

    def add(self, samples: Array, song: Array, sample_rate: int) -> None:
        """Add the next samples (frames,), at the song's rate, to the song (2, frames)."""
        attack = max(1, round(ATTACK_SECONDS * sample_rate))
        release = round(RELEASE_SECONDS * sample_rate)
        for note in self.notes:
            if note.places is not None:
                self._add_bent(note, note.places, samples, song, attack, release)
                continue
            start = note.start + self.at
            count = min(len(samples), note.held + release - self.at, song.shape[1] - start)
            if count > 0:
                gain = note.gain(self.at, count, attack, release)
                song[:, start : start + count] += samples[:count] * gain
        self.at += len(samples)
        self.last = np.concatenate([self.last, samples])[-2 * TAPS :]

    def _add_bent(
        self,
        note: HeldNote,
        places: Places,
        samples: Array,
        song: Array,
        attack: int,
        release: int,
    ) -> None:
        """Add the frames whose surroundings are whole with these samples."""
        heard = np.concatenate([self.last, samples])
        first, last = np.searchsorted(places, [self.at - TAPS, self.at + len(samples) - TAPS])
        if first == last:
            return
        tuned = read(heard[None], places[first:last] - self.at + len(self.last))[0]
        gain = note.gain(int(first), len(tuned), attack, release)
        song[:, note.start + first : note.start + last] += tuned * gain


def play(
    texture: HeldTexture,
    notes: Sequence[SongNote],
    generators: Generators,
    sample_rate: int,
    frames: int,
    stopped: Stopped = lambda: False,
    pitch: Pitch | None = None,
    room: Room = np.zeros,
) -> Array:
    """A track (2, frames), in an array of `room`; `pitch` is how far notes are from their keys.

    Raises CancelledError when `stopped` says so.
    """
    card = generators.texture_card(texture.model)
    song = np.asarray(room((2, frames)), np.float32)
    release = round(RELEASE_SECONDS * sample_rate)

    def bent(note: SongNote, start: int, held: int) -> Places | None:
        count = min(held + release, frames - start)
        curve = pitch.over(note.channel, note.key, start, count) if pitch and count > 0 else None
        return None if curve is None else places(curve)

    takes = held_takes(notes, texture.round_robin, sample_rate, bent)
    prime = None
    if texture.prime:
        prime = read_prime(texture.prime, card.sample_rate, card.gain).samples
    parts, tuners = [], []
    for take in takes:
        target = sample_rate / 2 ** ((take.key - card.root) / 12)
        seconds = take.frames(0) / sample_rate + RELEASE_SECONDS
        count = math.ceil(seconds * sample_rate * card.sample_rate / target)
        tuners.append(_Tuner(card.sample_rate, target, count))
        parts.append(TakePart(_take(texture, take, generators, prime), count))
    player = generators.texture(texture.model)
    for index, samples in blocks(player, parts, stopped):
        takes[index].add(tuners[index].tuned(samples), song, sample_rate)
    return song


def held_takes(
    notes: Sequence[SongNote],
    round_robin: int,
    sample_rate: int,
    bent: Callable[[SongNote, int, int], Places | None] = lambda note, start, held: None,
) -> list[HeldTake]:
    """The takes that notes play, in the order of their first notes.

    `bent` says where in its take each frame of a note is, by its start and length in frames.
    """
    played: Counter[int] = Counter()
    takes: dict[tuple[int, int], HeldTake] = {}
    for note in notes:
        step = played[note.key] % round_robin
        played[note.key] += 1
        take = takes.setdefault((note.key, step), HeldTake(note.key, step))
        held = max(1, round(note.seconds * sample_rate))
        level = (note.velocity / 127) ** 2
        start = round(note.start * sample_rate)
        take.notes.append(HeldNote(start, held, level, bent(note, start, held)))
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
