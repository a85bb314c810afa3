"""The loop around an optimiser: a few batches ahead, losses in order, every candidate kept."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from typing import Protocol

import numpy as np

from starling.models.errors import PluginError
from starling.presets.match.evaluators import BATCH, IN_FLIGHT, Evaluators
from starling.presets.match.initial_population import InitialPopulation
from starling.presets.match.optimiser import Candidate
from starling.presets.match.parameter_vector import SearchSpace, Vector
from starling.presets.match.variants import EvaluatedCandidate, Variant

STEPPED_SHARE = 0.1  # of discrete parameters moved in a copy: a step may change all of a sound
PREVIEW_S = 0.25  # between two previews: rendering one takes as long as two evaluations

Batch = tuple[list[tuple[Vector, Mapping[str, float]]], Future[list[float]]]
Progress = Callable[[float, str], None]
Preview = Callable[[str, str, Variant], None]  # synth, hash of its schema, a better variant


class AskTellOptimiser(Protocol):
    """The ask/tell interface of an optimiser: candidates for losses."""

    def ask(self) -> Candidate:
        """The next candidate; several may be pending at a time."""
        ...

    def tell(self, candidate: Candidate, loss: float) -> None:
        """Report the loss of a candidate, in the order of `ask`."""
        ...


class SearchRun:
    """A budget of evaluations after the initial presets; `evaluated` has all candidates."""

    def __init__(
        self,
        evaluators: Evaluators,
        space: SearchSpace,
        initial: InitialPopulation,
        budget: int,
        progress: Progress,
        preview: Preview | None,
    ) -> None:
        self.space = space
        self._evaluators = evaluators
        self._starts = initial
        self._budget = budget
        self._progress = progress
        self._preview = preview
        self._shown = 0.0
        self.evaluated = [
            EvaluatedCandidate(space.vector(s.values), s.values, s.loss) for s in initial.presets
        ]
        self.best = min(self.evaluated, key=lambda each: each.loss)

    @property
    def left(self) -> int:
        """How many evaluations the budget still has."""
        return max(0, self._budget - self._evaluators.evaluations)

    def run(self, optimiser: AskTellOptimiser, count: int) -> None:
        """Evaluate `count` candidates of an optimiser, at most as many as are left."""
        out: deque[tuple[list[Candidate], Batch]] = deque()
        requested, count = 0, min(count, self.left)
        while requested < count or out:
            if requested < count and len(out) < IN_FLIGHT:
                candidates = [optimiser.ask() for _ in range(min(BATCH, count - requested))]
                out.append((candidates, self._submitted([each.vector for each in candidates])))
                requested += len(candidates)
                continue
            candidates, batch = out.popleft()
            for candidate, evaluated in zip(candidates, self._received(batch), strict=True):
                optimiser.tell(candidate, evaluated.loss)

    def evaluate(self, vectors: Sequence[Vector]) -> list[EvaluatedCandidate]:
        """Evaluate these vectors, at most as many as are left."""
        wanted = vectors[: self.left]
        batches = [wanted[at : at + BATCH] for at in range(0, len(wanted), BATCH)]
        waiting = [self._submitted(batch) for batch in batches]
        return [evaluated for batch in waiting for evaluated in self._received(batch)]

    def variant(self, name: str, evaluated: EvaluatedCandidate) -> Variant:
        """An evaluated preset, with its sound. Raises PluginError."""
        note, held = self._starts.note, self._starts.held
        audio = self._evaluators.render(evaluated.values, note, held)
        return Variant(name, evaluated.values, evaluated.loss, note, held, audio)

    def _submitted(self, vectors: Sequence[Vector]) -> Batch:
        note, held, base = self._starts.note, self._starts.held, self._starts.best.values
        presets = [self.space.values(vector, base) for vector in vectors]
        future = self._evaluators.submit([(values, note, held) for values in presets])
        return list(zip(vectors, presets, strict=True)), future

    def _received(self, batch: Batch) -> list[EvaluatedCandidate]:
        presets, future = batch
        losses = self._evaluators.losses(future)
        found = [
            EvaluatedCandidate(*preset, loss) for preset, loss in zip(presets, losses, strict=True)
        ]
        for each in found:
            self._keep(each)
        return found

    def _keep(self, evaluated: EvaluatedCandidate) -> None:
        self.evaluated.append(evaluated)
        better = evaluated.loss < self.best.loss
        self.best = evaluated if better else self.best
        done = min(self._evaluators.evaluations, self._budget)
        text = f"{self.best.loss:.2f} dB from the target, {done} of {self._budget} tried"
        self._progress(done / self._budget, text)
        if better:
            self._show()

    def _show(self) -> None:
        """Preview the best one; the clock decides only which ones are seen, never what is found."""
        now = time.monotonic()
        if self._preview is None or now - self._shown < PREVIEW_S:
            return
        self._shown = now
        try:
            variant = self.variant("preview", self.best)
        except PluginError:
            return  # it played when it was scored: a plugin that crashes now and then
        self._preview(self._evaluators.synth, self.space.schema.hash, variant)


def perturbed(
    space: SearchSpace,
    vectors: list[Vector],
    count: int,
    deviation: float,
    rng: np.random.Generator,
) -> list[Vector]:
    """Copies of the vectors in turn, their parameters moved a little: the continuous ones, or, of a
    synth that has few, a tenth of the discrete ones by a step or more.
    """
    moves = deviation * rng.standard_normal((count, len(space.parameters)))  # (count, P)
    if space.steps[space.turned].any():
        return [
            _stepped(space, vectors[at % len(vectors)], move, rng) for at, move in enumerate(moves)
        ]
    moves = np.where(space.steps > 0, 0.0, moves)
    return [space.snapped(vectors[at % len(vectors)] + move) for at, move in enumerate(moves)]


def _stepped(space: SearchSpace, vector: Vector, move: Vector, rng: np.random.Generator) -> Vector:
    """One or more of the turned parameters moved, a discrete one by a step at least."""
    count = max(1, round(STEPPED_SHARE * len(space.turned)))
    for at in rng.choice(space.turned, count, replace=False):
        vector = space.moved(vector, int(at), float(move[at]))
    return vector
