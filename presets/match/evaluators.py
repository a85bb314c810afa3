"""Sandboxes that evaluate candidates: each compares a few notes at a time with the target.

Losses are requested and received in order, a fixed number ahead, so that the next candidate
depends on nothing but earlier losses: the same seed gives the same result on any machine.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from starling.models.closing import Closing
from starling.models.errors import CancelledError, PluginError
from starling.presets.features.spectral_loss import SAMPLE_RATE, SILENCE
from starling.presets.formats.schema import Schema
from starling.presets.sandbox.client import RenderRequest, Sandbox

T = TypeVar("T")
EvaluationRequest = tuple[Mapping[str, float], int, float]  # values, MIDI note, seconds held

TIMEOUT_S = 20.0  # for four notes of two seconds, which take 0.1 s on an idle machine
GIVE_UP = 5  # crashes in a row: the synth is to blame, not its presets
VELOCITY = 100
BATCH = 4  # notes that one fork of the synth's process plays: see `sandbox_worker`
IN_FLIGHT = 3  # batches requested before the first is answered: two cores never wait
POLL_S = 0.1  # how often a waiting search looks at the cancel button


class Evaluators(Closing):
    """At most `jobs` sandboxes of one synth. Use it as a context; `set_target` comes first."""

    def __init__(
        self, synth: str, jobs: int, cache: Path, cancelled: Callable[[], bool] = lambda: False
    ) -> None:
        self.synth = synth
        self.evaluations = 0
        self._cancelled = cancelled
        jobs = min(jobs, IN_FLIGHT)
        self._boxes = [Sandbox(synth, timeout_s=TIMEOUT_S, cache=cache) for _ in range(jobs)]
        self._free: SimpleQueue[Sandbox] = SimpleQueue()
        self._pool = ThreadPoolExecutor(jobs, thread_name_prefix="match")
        self._closing = threading.Event()
        self._crashes = 0
        self._seconds = 1.0
        for box in self._boxes:
            self._free.put(box)

    def open(self) -> Schema:
        """Start all processes; the synth's parameters. Raises PluginError, MissingError."""
        opened = [self._pool.submit(lambda box: box.schema, box) for box in self._boxes]
        return next(iter([self._await(schema) for schema in opened]))

    def set_target(self, target: NDArray[np.float32]) -> None:
        """Compare with this target (frames,) from now on."""
        self._seconds = len(target) / SAMPLE_RATE
        for aimed in [self._pool.submit(box.set_target, target) for box in self._boxes]:
            self._await(aimed)

    def submit(self, asked: Sequence[EvaluationRequest]) -> Future[list[float]]:
        """Request the losses of at most BATCH notes."""
        notes = [
            RenderRequest(values, note, VELOCITY, held, self._seconds, SAMPLE_RATE)
            for values, note, held in asked
        ]
        return self._pool.submit(self._with_box, lambda box: self._scored(box, notes))

    def losses(self, asked: Future[list[float]]) -> list[float]:
        """The requested losses; infinite where the synth crashed or stayed silent.

        Raises CancelledError, MissingError, and PluginError after GIVE_UP crashes in a row.
        """
        found = self._await(asked)
        self.evaluations += len(found)
        return found

    def evaluate(self, asked: Sequence[EvaluationRequest]) -> list[float]:
        """The losses of any number of notes, in their order; raises as `losses`."""
        batches = [asked[at : at + BATCH] for at in range(0, len(asked), BATCH)]
        waiting = [self.submit(batch) for batch in batches]
        return [loss for future in waiting for loss in self.losses(future)]

    def render(self, values: Mapping[str, float], note: int, held: float) -> NDArray[np.float32]:
        """The sound itself, (2, frames), as it was scored. Raises PluginError."""
        played = (note, VELOCITY, held, self._seconds, SAMPLE_RATE)
        return self._await(
            self._pool.submit(self._with_box, lambda box: box.render(values, *played))
        )

    def close(self) -> None:
        """End all processes, also those in the middle of a note."""
        self._closing.set()
        for box in self._boxes:
            box.interrupt()
        self._pool.shutdown(cancel_futures=True)
        for box in self._boxes:
            box.close()

    def _scored(self, box: Sandbox, notes: Sequence[RenderRequest]) -> list[float]:
        """In a thread of the pool: together, or one by one to find out which of them crashes."""
        try:
            found = box.score(notes)
            self._crashes = 0
            return found
        except PluginError:
            return [self._scored_alone(box, note) for note in notes]

    def _scored_alone(self, box: Sandbox, note: RenderRequest) -> float:
        try:
            [found] = box.score([note])
            self._crashes = 0
            return found
        except PluginError:
            self._crashes += 1
            if self._crashes >= GIVE_UP:
                raise
            return SILENCE

    def _with_box(self, work: Callable[[Sandbox], T]) -> T:
        """In a thread of the pool: work with whichever sandbox is free."""
        if self._closing.is_set():
            raise CancelledError("the match was cancelled")
        box = self._free.get()
        try:
            return work(box)
        finally:
            self._free.put(box)

    def _await(self, asked: Future[T]) -> T:
        """The answer; meanwhile the cancel button is looked at."""
        while True:
            if self._cancelled():
                raise CancelledError("the match was cancelled; nothing was stored")
            try:
                return asked.result(POLL_S)
            except TimeoutError:
                if asked.done():  # the work's own
                    raise
