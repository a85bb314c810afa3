"""One note of one voice as a player would set it: duty, level and an envelope. Values to writes.

The chip's volume has sixteen steps, and a program moves it 240 times a second, as often as the
chip's own frame counter ticks: so does the envelope here. The triangle has no volume: it plays
while its envelope is not zero.

>>> note("p1", 69, 0.5, Patch(duty=1, decay_s=0.2, sustain=8)).samples
22050
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from starling.models.errors import InputError
from starling.models.nes.chip.notes import PERIODS, can_sound, timers
from starling.models.nes.chip.play import (
    FULL,
    SETUP,
    Register,
    noise_rows,
    pulse_rows,
    triangle_rows,
)
from starling.models.nes.scores.score import VOICES
from starling.models.nes.writes import RATE, Writes, writes_of

TICKS = 240  # a second
LONGEST_S = 60.0  # of a note, and of each part of its envelope
DUTIES = {"p1": 2, "p2": 2, "tr": 0, "no": 0}  # pulses of 50 %, the long noise
FIRST_NOISE = 36  # the key of the noise's lowest note; sixteen keys on it begins anew


@dataclass(frozen=True, slots=True)
class Patch:
    """What a voice sounds like. Times in seconds; volumes 0..15."""

    duty: int | None = None  # of a pulse 0..3, of the noise 0..1; DUTIES where none is chosen
    level: int = FULL
    attack_s: float = 0.0  # from silence to the level
    decay_s: float = 0.0  # from the level to the sustain
    sustain: int = FULL  # of the level's sixteen steps
    release_s: float = 0.0  # from there to silence, after the key

    def check(self, voice: str) -> None:
        """Raise InputError that names the field out of range."""
        highest = 1 if voice == "no" else 3
        for name, value, most in (
            ("duty", self.timbre(voice), highest),
            ("level", self.level, FULL),
            ("sustain", self.sustain, FULL),
            ("attack_s", self.attack_s, LONGEST_S),
            ("decay_s", self.decay_s, LONGEST_S),
            ("release_s", self.release_s, LONGEST_S),
        ):
            if not 0 <= value <= most:
                raise InputError(f"{name} must be 0..{most:g}, got {value}")

    def timbre(self, voice: str) -> int:
        """The chosen duty, or the voice's own."""
        return DUTIES[voice] if self.duty is None else self.duty

    def volume(self, at_s: float, held_s: float) -> float:
        """The envelope at a time, as a part of the level."""
        if at_s >= held_s:
            left = 1 - (at_s - held_s) / self.release_s if self.release_s else 0.0
            return max(0.0, left) * self.held(held_s)
        return self.held(at_s)

    def held(self, at_s: float) -> float:
        """The envelope while the key is down."""
        if at_s < self.attack_s:
            return at_s / self.attack_s
        late, low = at_s - self.attack_s, self.sustain / FULL
        return max(low, 1 - (1 - low) * late / self.decay_s) if self.decay_s else low


DEFAULT = Patch()


def note(
    voice: str, key: int, held_s: float, patch: Patch = DEFAULT, velocity: int = 127
) -> Writes:
    """A key of a voice that is held for a time; the release comes after it.

    Raises InputError: a voice, a key, a time or a patch that the chip does not have.
    """
    if voice not in VOICES:
        raise InputError(f"voice must be one of {', '.join(VOICES)}, got {voice!r}")
    if not 0 < held_s <= LONGEST_S:
        raise InputError(f"held_s must be above 0 and up to {LONGEST_S:g}, got {held_s}")
    if not 1 <= velocity <= 127:
        raise InputError(f"velocity must be 1..127, got {velocity}")
    patch.check(voice)
    check_key(voice, key)
    seconds = held_s + patch.release_s
    standing, rows = Register(), [(0, address, value) for address, value in SETUP]
    for tick in range(int(seconds * TICKS) + 1):
        at_s = tick / TICKS
        part = patch.volume(at_s, held_s) * velocity / 127
        volume = round(part * patch.level)
        time = round(at_s * RATE)
        rows += [(time, *row) for row in standing.changed(voice_rows(voice, key, volume, patch))]
    end = round(seconds * RATE)
    rows += [(end, *row) for row in standing.changed(voice_rows(voice, key, 0, patch))]
    return writes_of(rows, end)


def check_key(voice: str, key: int) -> None:
    """Raise InputError for a key that a voice cannot play."""
    keys = np.arange(128)
    found = keys if voice == "no" else timers(keys, voice)
    playable = [
        each
        for each, timer in zip(keys.tolist(), found.tolist(), strict=True)
        if voice == "no" or can_sound(timer, voice)
    ]
    if key not in playable:
        raise InputError(f"{voice} plays the keys {playable[0]}..{playable[-1]}, got {key}")


def voice_rows(voice: str, key: int, volume: int, patch: Patch) -> list[tuple[int, int]]:
    """All that a voice is set to: addresses and values."""
    if voice == "tr":
        return [*triangle_rows(key, volume > 0)]
    if voice == "no":
        return [*noise_rows((key - FIRST_NOISE) % PERIODS + 1, volume, patch.timbre(voice))]
    first = 4 * VOICES.index(voice)
    return [*pulse_rows(first, voice, key, volume, patch.timbre(voice))]
