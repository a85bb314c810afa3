"""A prime: the real sound that a texture goes on from. Kept in the store under its content's hash.

Named again, a stored prime has the same id: it is mono, at the model's rate and short already.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from soundfile import SoundFile

from starling.engine.sounds.passage import PRIME
from starling.engine.sounds.recipe import ID_DIGITS, parse_recipe
from starling.models.artifacts.catalogue import ROOT_NOTE
from starling.models.dsp.files.sound_file import opened, read_frames
from starling.models.dsp.signal import CANCEL_RATIO, resample, shown_name
from starling.models.errors import InputError, MissingError, ParseError

if TYPE_CHECKING:
    from starling.engine.sounds.store import SoundStore

PRIME_SECONDS = 60.0  # used of a longer sound, its last: 4 MB at 16 kHz
HELD = 4  # primes kept in memory: a chord starts from one at once
SILENT_PEAK = 1e-4  # -80 dB
BLOCK_SAMPLES = 2**20  # of all channels, read at a time: 4 MB
Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Prime:
    """Mono samples (frames,) at `rate`, and how long the sound was that they are the end of."""

    samples: Array
    rate: int
    seconds: float

    @property
    def id(self) -> str:
        """The id under which it is stored."""
        digest = hashlib.sha256(self.samples.astype("<f4").tobytes()).hexdigest()
        text = json.dumps({"kind": "prime", "rate": self.rate, "samples": digest})
        return hashlib.sha256(text.encode()).hexdigest()[:ID_DIGITS]

    @property
    def remark(self) -> str:
        """What its user should know; empty where all of the sound is used."""
        if self.seconds <= PRIME_SECONDS:
            return ""
        return f"the prime lasts {self.seconds:.0f} s, of which the last {PRIME_SECONDS:.0f} count"


def read_prime(path: Path, rate: int, gain: float = 1.0) -> Prime:
    """The last 60 s of a sound file, mono at `rate`, raised by the model's `gain`.

    What a model made has its level already, and so has a stored prime. Raises MissingError (no such
    file), ParseError (no sound file, not finite, more channels or a higher rate than any recording)
    and InputError (code `silent`: empty or silent).
    """
    name = shown_name(path)
    with opened(path) as file:
        seconds, source_rate = file.frames / file.samplerate, file.samplerate
        recipe = file.comment
        mono = _end_of(file, name)
    if PRIME.fullmatch(path.stem):  # it may be a stored one, whose id is that of its samples
        stored = prime_of(mono, source_rate, rate, seconds, name)
        if stored.id == path.stem:
            return stored
    level = 1.0 if is_of_a_model(recipe) else gain
    return prime_of(mono, source_rate, rate, seconds, name, level)


def is_of_a_model(recipe: str) -> bool:
    """Whether a sound's recipe, which may be any text, is of a model's sound."""
    try:
        parse_recipe(recipe)
    except InputError:
        return False
    return True


def _end_of(file: SoundFile, name: str) -> Array:
    """The last 60 s (frames,) as `to_mono` mixes them, read in blocks. Raises as `read_prime`."""
    first = max(0, file.frames - round(PRIME_SECONDS * file.samplerate))
    parts = [np.zeros(0, np.float32)]
    peak, squares = 0.0, np.zeros(file.channels)
    for block in _blocks(file, first):
        if not np.isfinite(block).all():
            raise ParseError(f"{name} holds samples that are not numbers")
        peak = max(peak, float(block.max()), -float(block.min()))
        squares += np.square(block, dtype=np.float64).sum(axis=0)
        parts.append(block.mean(axis=1, dtype=np.float32))
    if peak < SILENT_PEAK:
        raise InputError(f"{name} is empty or silent: its peak is below -80 dB", code="silent")
    mono = np.concatenate(parts)
    if np.square(mono, dtype=np.float64).sum() >= CANCEL_RATIO**2 * squares.max():
        return mono
    loudest = int(np.argmax(squares))
    return np.concatenate([block[:, loudest] for block in _blocks(file, first)])


def _blocks(file: SoundFile, first: int) -> Iterator[Array]:
    """All from a frame on, (frames, channels) at a time: 64 channels of 192 kHz take gigabytes."""
    file.seek(first)
    count = max(1, BLOCK_SAMPLES // file.channels)
    while len(block := read_frames(file, count)):
        yield block


def prime_of(
    signal: Array,
    source_rate: int,
    rate: int,
    seconds: float,
    name: str = "the prime",
    gain: float = 1.0,
) -> Prime:
    """The last 60 s of a sound (frames,) that lasts `seconds`, at `rate`, raised by `gain`.

    Raises ParseError (not finite) and InputError (code `silent`: empty or silent).
    """
    if not np.isfinite(signal).all():
        raise ParseError(f"{name} holds samples that are not numbers")
    if float(np.abs(signal).max(initial=0.0)) < SILENT_PEAK:
        raise InputError(f"{name} is empty or silent: its peak is below -80 dB", code="silent")
    mono = resample(signal, source_rate, rate)[-round(PRIME_SECONDS * rate) :]
    return Prime(np.clip(mono * np.float32(gain), -1.0, 1.0), rate, seconds)


def kept_prime(prime: Prime, store: SoundStore) -> Prime:
    """A prime, stored if there is room for it, so that what goes on from it can be made again."""
    store.offer(prime.id, prime.samples[None], prime.rate, root=ROOT_NOTE, recipe="")
    return prime


def stored_prime(store: SoundStore | None, prime: str) -> Array | None:
    """The samples (frames,) of a recipe's prime; None where the recipe has none.

    Raises MissingError for a prime that is not stored (any more).
    """
    if not prime:
        return None
    audio = store.samples(prime) if store is not None else None
    if audio is None:
        raise MissingError(
            f"the prime {prime} of this texture is not in the sound store; start it from the sound "
            "file again"
        )
    samples: Array = audio[0]
    return samples


_Stamp = tuple[Path, int, int, int, float]  # with the size, when it changed, rate and gain


class RecentPrimes:
    """The primes that were used last, read and stored; a file that has changed is read again."""

    def __init__(self, store: SoundStore) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._held: OrderedDict[_Stamp, Prime] = OrderedDict()

    def known(self, path: Path, rate: int, holder: object, gain: float = 1.0) -> Prime | None:
        """The prime of a file if it is at hand, its stored samples held for `holder`."""
        with self._lock:
            prime = self._held.get(_stamp(path, rate, gain))
        if prime is None or self._store.get(prime.id, holder, quick=True) is None:
            return None
        return prime

    def read(self, path: Path, rate: int, holder: object, gain: float = 1.0) -> Prime:
        """The prime of a file, stored and held for `holder`; raises as `read_prime` and `put`."""
        stamp = _stamp(path, rate, gain)
        prime = read_prime(path, rate, gain)
        self._store.put(prime.id, prime.samples[None], rate, holder=holder)
        with self._lock:
            self._held[stamp] = prime
            while len(self._held) > HELD:
                self._held.popitem(last=False)
        return prime


def _stamp(path: Path, rate: int, gain: float) -> _Stamp:
    stat = path.stat()
    return path, stat.st_mtime_ns, stat.st_size, rate, gain
