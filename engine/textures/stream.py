"""One stream: what plays, how far it is wanted, and what happened to it. No thread, no clock.

Its controls may be turned while it plays. Turns count from the block that comes next; they are
kept with their frames, so that a part of the stream has an exact recipe.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from starling.engine.sounds.passage import Passage
from starling.engine.sounds.recipe import ID_DIGITS, MAX_RECIPE, Recipe, sorted_controls
from starling.engine.textures.demand import Demand
from starling.engine.textures.growing_file import GrowingFile
from starling.models.samplernn.take import Take

AT_ONCE_SECONDS = 0.25  # rendered before anyone wants them: a note begins with them
FIRST_SECONDS = 0.05  # until these are there, a stream goes before those that play already


@dataclass(slots=True, eq=False)
class Stream:
    """A stream of one client; `recipe` is what it began as."""

    number: int
    client: object
    recipe: Recipe
    prime: NDArray[np.float32] | None
    rate: int
    root: int
    file: GrowingFile
    demand: Demand
    controls: dict[str, float] = field(default_factory=dict)  # those that count now
    pending: dict[str, float] = field(default_factory=dict)  # from the next block on
    turns: list[tuple[int, dict[str, float]]] = field(default_factory=list)
    began: bool = False  # it has a slot, and `controls` are those that it began with
    priming: bool = field(init=False)  # its prime is gone through before its first frame
    ended: str | None = None  # why, for people; "" where its client stopped it

    def __post_init__(self) -> None:
        self.controls = dict(self.recipe.controls)
        self.priming = self.prime is not None

    @property
    def missing(self) -> int:
        """Frames that are wanted and not there."""
        wanted = max(self.demand.until, round(AT_ONCE_SECONDS * self.rate))
        return 0 if self.ended is not None else wanted - self.file.frames

    @property
    def is_new(self) -> bool:
        """Whether its very beginning is still to be rendered."""
        return self.file.frames < FIRST_SECONDS * self.rate

    def begin(self) -> Take:
        """What its slot starts with: controls that were turned before count from the start."""
        self.began = True
        self.controls |= self.pending
        self.pending = {}
        self.recipe = replace(self.recipe, controls=sorted_controls(self.controls))
        prime, self.prime = self.prime, None  # megabytes, which are needed no more
        return Take(self.recipe.seed, dict(self.controls), prime)

    def turn(self) -> dict[str, float] | None:
        """Let the pending controls count from here on; all controls, or None if none changed."""
        changed = {name: at for name, at in self.pending.items() if self.controls[name] != at}
        self.pending = {}
        if not changed:
            return None
        self.controls |= changed
        self.turns.append((self.file.frames, changed))
        return dict(self.controls)

    def end(self, why: str) -> None:
        """No more frames will come; the file gets its sizes. Ended before, it stays as it was."""
        if self.ended is None:
            self.ended = why
            self.file.finish()

    def part(self, start: int, frames: int) -> Recipe:
        """The recipe of a part of it, which must be in the file.

        What is turned meanwhile lies behind it: any thread may call this.
        """
        before = [(at, controls) for at, controls in self.turns if at < start + frames]
        turns = tuple((at, sorted_controls(controls)) for at, controls in before)
        passage = Passage(self.recipe.passage.prime, (start, frames), turns)
        found = replace(self.recipe, passage=passage)
        if len(found.json) <= MAX_RECIPE:
            return found
        return replace(found, passage=replace(passage, turns=_digest(before)))


def _digest(turns: list[tuple[int, dict[str, float]]]) -> str:
    text = json.dumps([[at, dict(sorted_controls(controls))] for at, controls in turns])
    return hashlib.sha256(text.encode()).hexdigest()[:ID_DIGITS]
