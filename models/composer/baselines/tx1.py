"""LakhNES's vocabulary TX1, 630 events, and what songs at 24 Hz are in it.

Waits are in samples at 44.1 kHz: exact to 100, then to two digits; then a note on for each voice
and note, and a note off for each voice (Donahue et al., "LakhNES", arXiv 1907.04868, section 3).
One wait is at most 100,000 samples, 54 frames. LakhNES shortens longer ones to that; here they may
be chained instead, so that frames survive the round trip.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from starling.models.composer.songs import HIGHEST, LOWEST, VOICES, Frames, Songs
from starling.models.errors import InputError

FRAME = 44_100 / 24  # samples
MAX_WAIT = 100_000  # samples
MAX_FRAMES = int(MAX_WAIT // FRAME)  # of one wait
STEPS = ((100, 1), (1_000, 10), (10_000, 100), (MAX_WAIT, 1_000))  # up to a wait, in steps of
FEWEST = 10  # symbols of a song that LakhNES evaluates, with a mark before it and one after
NAME = re.compile(r"WT_(\d+)|(P1|P2|TR|NO)_(?:NOTEON_(\d+)|NOTEOFF)")


@dataclass(frozen=True, slots=True)
class Event:
    """A wait of so many samples, or the note that a voice plays from here on; 0 silences it."""

    wait: int = 0
    voice: int = -1
    note: int = 0

    @property
    def name(self) -> str:
        """As LakhNES writes it.

        >>> Event(voice=2, note=40).name, Event(1_900).name
        ('TR_NOTEON_40', 'WT_1900')
        """
        if self.wait:
            return f"WT_{self.wait}"
        action = f"NOTEON_{self.note}" if self.note else "NOTEOFF"
        return f"{VOICES[self.voice]}_{action}"


def _waits() -> Iterator[Event]:
    """Every wait, rising."""
    below = 0
    for last, step in STEPS:
        yield from (Event(wait) for wait in range(below + step, last + 1, step))
        below = last


def _notes() -> Iterator[Event]:
    """Every voice: its note off, and its notes from the lowest on."""
    for voice, (low, high) in enumerate(zip(LOWEST, HIGHEST, strict=True)):
        yield Event(voice=voice)
        yield from (Event(voice=voice, note=note) for note in range(low, high + 1))


EVENTS = (*_waits(), *_notes())  # in the order of LakhNES's file
WAITS = np.array([event.wait for event in EVENTS if event.wait])
TOKENS = {event: token for token, event in enumerate(EVENTS)}
START = len(EVENTS)  # the mark before and after a song, which LakhNES adds: 631 symbols in all


def token_of(name: str) -> int:
    """The number of an event by its name; a wait becomes the nearest there is, the longer of two.

    Raises InputError.
    """
    found = NAME.fullmatch(name)
    if found is None:
        raise InputError(f"event must be like WT_100, P1_NOTEON_60 or NO_NOTEOFF, got {name!r}")
    if found[1]:
        return int(_nearest_waits(np.array([min(int(found[1]), MAX_WAIT)]))[0])
    event = Event(voice=VOICES.index(found[2]), note=int(found[3] or 0))
    if event not in TOKENS or (found[3] and not event.note):
        at = event.voice
        raise InputError(f"{name!r}: {found[2]} plays the notes {LOWEST[at]}..{HIGHEST[at]}")
    return TOKENS[event]


def _nearest_waits(samples: NDArray[np.integer]) -> NDArray[np.int64]:
    """Tokens (n,) of the waits nearest to samples (n,), the longer of two."""
    above = np.searchsorted(WAITS, samples).clip(1, len(WAITS) - 1)
    lower = samples - WAITS[above - 1] < WAITS[above] - samples
    return np.where(lower, above - 1, above).astype(np.int64)


FRAME_WAITS = _nearest_waits(np.floor(FRAME * np.arange(1, MAX_FRAMES + 1) + 0.5).astype(np.int64))
WHOLE_FRAMES = {int(WAITS[token]): count for count, token in enumerate(FRAME_WAITS, 1)}


def _wait(frames: int, chained: bool) -> list[int]:
    """Tokens of a wait of so many frames."""
    full, rest = divmod(frames, MAX_FRAMES)
    if full and not chained:
        exactly = full == 1 and not rest
        return [int(FRAME_WAITS[-1]) if exactly else len(WAITS) - 1]
    last = [int(FRAME_WAITS[rest - 1])] if rest else []
    return [int(FRAME_WAITS[-1])] * full + last


def encode(frames: Frames, chained: bool = True) -> list[int]:
    """Tokens of a song (N, 4): waits, and each voice's changes in the order P1, P2, TR, NO.

    Without `chained` a wait longer than 54 frames becomes the longest there is, as published.
    """
    silence = np.zeros((1, len(VOICES)), np.uint8)
    around = np.concatenate([silence, frames, silence]).astype(np.int64)
    changes = around[1:] != around[:-1]  # (N + 1, 4)
    tokens, last = [], 0
    for at in np.flatnonzero(changes.any(axis=1)):
        tokens += _wait(int(at) - last, chained) if at > last else []
        for voice in np.flatnonzero(changes[at]):
            tokens.append(TOKENS[Event(voice=int(voice), note=int(around[at + 1, voice]))])
        last = int(at)
    return tokens + (_wait(len(frames) - last, chained) if len(frames) > last else [])


def decode(tokens: Iterable[int]) -> Frames:
    """The frames (N, 4) of tokens: what `encode` was given, where its waits were chained.

    A wait that is no whole number of frames is kept until it and those after it make one. Raises
    InputError for a token that is none.
    """
    rows: list[NDArray[np.uint8]] = []
    notes, owed = np.zeros(len(VOICES), np.uint8), 0.0
    for token in tokens:
        if not 0 <= token < len(EVENTS):
            raise InputError(f"token must be 0..{len(EVENTS) - 1}, got {token}")
        event = EVENTS[token]
        if not event.wait:
            notes[event.voice] = event.note
            continue
        count = WHOLE_FRAMES.get(event.wait, 0)
        if not count:
            owed += event.wait / FRAME
            count = int(owed)
            owed -= count
        rows.append(np.repeat(notes[None], count, axis=0))
    return np.concatenate([np.zeros((0, len(VOICES)), np.uint8), *rows])


def trimmed(tokens: list[int]) -> list[int]:
    """Tokens without a wait at the beginning and one at the end, as LakhNES evaluates them."""
    first = bool(tokens) and tokens[0] < len(WAITS)
    last = len(tokens) > first and tokens[-1] < len(WAITS)
    return tokens[first : len(tokens) - last]


def evaluated(songs: Songs) -> list[list[int]]:
    """Tokens of the songs that LakhNES evaluates, trimmed, long waits shortened.

    Those with fewer than FEWEST symbols, of which two are marks, are left out.
    """
    found = (trimmed(encode(song, chained=False)) for song in songs)
    return [tokens for tokens in found if len(tokens) + 2 >= FEWEST]


def event_count(songs: Songs) -> int:
    """How many symbols of the songs LakhNES predicts: every event, and the mark after each song.

    The exponential of a model's nats on the songs over this number is its perplexity per event.
    """
    return sum(len(tokens) + 1 for tokens in evaluated(songs))
