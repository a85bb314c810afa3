"""The controllers of repetition and of density: a piece neither wanders, nor sticks, nor thins out.

The statistic: the share of frames of which all four voices equal those one lag before, at the lag
where it is highest, from one second to half the piece. In 30 s of real songs it is .35 on average
(NES-MDB, test split). While a piece grows, each lag is ahead of that share or behind it, by so many
frames. The lag that is furthest ahead, once it is ahead at all, is discouraged: what came one lag
before loses that much in the logits. As long as every lag is behind, the piece's own is encouraged.

Density is the share of frames in which a voice sounds. While a piece grows, a voice that has lately
sounded less than its share is kept from rests, and one that sounded more is led to them.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from starling.models.composer.context.history import History
from starling.models.composer.context.steps import MOST_WAIT
from starling.models.composer.songs import Frames
from starling.models.errors import InputError

LEAST_LAG = 24  # frames, one second: shorter repeats are rhythm, not form
REAL_SHARE = 0.35  # of real songs of 30 s
PHRASE = 192  # frames, four bars at 120 beats a minute: the first lag to be encouraged
FRAMES_A_NAT = 8.0  # a third of a second behind or ahead moves the logits by 1
MOST_PULL = 6.0  # nats
KNOWN_LAG = 0.1  # share of a lag from where on it counts as the piece's own


LATELY = 192.0  # frames, 8 s: what a voice did earlier counts e times less
FRAMES_A_REST = 12.0  # half a second of sound behind or ahead moves a rest's logit by 1
PRIOR = 960.0  # frames of a prompt that count as much as what is usual: songs fill up later
NOISE = 3
# Of 14 songs that Chip Composer learnt from, after their first 10 s; where a card has none.
# The noise's share is chosen, not measured: few of them have one.
USUAL = (0.93, 0.8, 0.92, 0.3)

Shares = tuple[float, ...]  # of frames in which each voice sounds


@dataclass(frozen=True, slots=True)
class Pull:
    """A step that gains or loses: its wait, the classes (4,) after it, and how many nats."""

    wait: int
    state: tuple[int, ...]
    nats: float


class Form:
    """How often each lag has repeated so far, and what follows from that."""

    def __init__(self, frames: int, share: float = REAL_SHARE, phrase: int = PHRASE) -> None:
        """`frames` is the piece's length. Raises InputError for a share or phrase out of range."""
        if not 0 <= share < 1:
            raise InputError(f"repetition must be at least 0 and below 1, got {share}")
        if phrase < LEAST_LAG:
            raise InputError(f"phrase must be at least {LEAST_LAG} frames, got {phrase}")
        self.share, self.phrase = share, phrase
        self.equal = np.zeros(max(LEAST_LAG, frames // 2) + 1)  # frames, by lag
        self.codes = np.zeros(frames, np.int64)
        self.times: list[int] = []
        self.done = 0

    def push(self, time: int, before: int) -> None:
        """Note a step at a frame; `before` is a number for the classes that held until then."""
        self.times.append(time)
        last = min(time, len(self.codes))
        self.codes[self.done : last] = before
        for frame in range(self.done, last):
            reach = min(frame, len(self.equal) - 1)
            earlier = self.codes[frame - reach : frame + 1][::-1]  # by lag, 0 the frame itself
            self.equal[: reach + 1] += earlier == before
        self.done = max(self.done, last)

    def ahead(self) -> NDArray[np.float64]:
        """By how many frames each lag is ahead of its share; those that are too short never."""
        lags = np.arange(len(self.equal))
        found = self.equal - self.share * np.maximum(self.done - lags, 0)
        found[:LEAST_LAG] = -np.inf
        found[lags >= self.done] = -np.inf
        return found

    def pull(self, history: History) -> Pull | None:
        """What to encourage or discourage next; None where the piece is too young."""
        ahead = self.ahead()
        lag = int(ahead.argmax())
        if not ahead[lag] > 0:
            lag = self._own_lag()
        if self.done <= lag or self.done < self.phrase:
            return None
        return self._at(lag, -float(ahead[lag]) / FRAMES_A_NAT, history)

    def _own_lag(self) -> int:
        """The lag with the highest share, of those that half a phrase speaks for; else a phrase."""
        lags = np.arange(len(self.equal))
        evidence = self.done - lags
        shares = np.where(evidence >= self.phrase // 2, self.equal / np.maximum(evidence, 1), 0)
        shares[:LEAST_LAG] = 0
        best = int(shares.argmax())
        return best if shares[best] >= KNOWN_LAG else min(self.phrase, len(self.equal) - 1)

    def _at(self, lag: int, nats: float, history: History) -> Pull | None:
        """The step that came one lag before, weighted; None where there is none."""
        then = history.time - lag
        place = bisect_right(self.times, then)
        if place >= len(self.times):
            return None
        wait, held = self.times[place] - then, history.states[place - 1] if place else (0,) * 4
        if wait > MOST_WAIT or (nats < 0 and tuple(history.state) != held):
            return None  # too far off; or what came then is no repeat now
        return Pull(wait, history.states[place], float(np.clip(nats, -MOST_PULL, MOST_PULL)))


class Activity:
    """How much each voice has lately sounded beside its share, and what follows for rests."""

    def __init__(self, shares: Sequence[float | None]) -> None:
        """The shares to keep; a voice with None goes its own way."""
        self.shares = tuple(shares)
        self.behind = [0.0] * len(self.shares)  # frames of sound; negative: ahead

    def push(self, frames: int, state: Sequence[int]) -> None:
        """Note for how many frames some classes held; class 0 is silence."""
        kept = math.exp(-frames / LATELY)
        for voice, share in enumerate(self.shares):
            if share is not None:
                gap = share - (state[voice] > 0)
                self.behind[voice] = kept * self.behind[voice] + gap * LATELY * (1 - kept)

    def nats(self, voice: int) -> float:
        """By how much a rest loses; negative: gains."""
        return float(np.clip(self.behind[voice] / FRAMES_A_REST, -MOST_PULL, MOST_PULL))


def shares_of(
    classes: NDArray[np.integer], known: NDArray[np.bool_], usual: Shares, density: float = 1.0
) -> tuple[float | None, ...]:
    """Shares to keep beside classes (N, 4), some of them known: theirs, drawn to the usual ones.

    A noise that is not known to sound is not led at all: many songs have none. `density` is a
    factor of each.
    """
    sounding, count = (known & (classes > 0)).sum(axis=0), known.sum(axis=0)
    drawn = (sounding + PRIOR * np.array(usual)) / (count + PRIOR)
    shares: list[float | None] = np.minimum(1.0, density * drawn).tolist()
    if not sounding[NOISE]:
        shares[NOISE] = None
    return tuple(shares)


def activity(songs: Sequence[Frames]) -> Shares:
    """The mean share of frames in which each voice of songs (N, 4) sounds, where it does at all."""
    shares = np.array([(each > 0).mean(axis=0) for each in songs])
    return tuple((shares.sum(axis=0) / np.maximum(1, (shares > 0).sum(axis=0))).tolist())


def repetition(notes: Frames) -> float:
    """The statistic of a score (N, 4): the share of equal frames at the best lag; 0 if short."""
    lags = range(LEAST_LAG, len(notes) // 2)
    shares = [float((notes[lag:] == notes[:-lag]).all(axis=1).mean()) for lag in lags]
    return max(shares, default=0.0)
