"""Tune presets of a synth until one sounds like a target: retrieve, re-rank, evolve, refine.

    matched = match(signal, 44_100, "amsynth", library, budget=1000)
    matched.variants[0].values        # never farther from the target than the nearest preset

Near 40 dimensions a search from nothing fails, so it starts from the library's nearest presets,
rendered again as the target was played. The loss is `features/spectral_loss.py`.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from starling.models.errors import CancelledError, InputError, StarlingError
from starling.presets.formats.schema import Schema
from starling.presets.library.database import LibraryDatabase
from starling.presets.library.preset import Preset
from starling.presets.match.ask_tell_loop import Preview, Progress, SearchRun, perturbed
from starling.presets.match.evaluators import Evaluators
from starling.presets.match.initial_population import (
    InitialPopulation,
    evaluate_initial,
    initial_count,
    neighbours,
)
from starling.presets.match.optimiser import CoordinateSearch, DifferentialEvolution, PredictedLoss
from starling.presets.match.parameter_vector import SearchSpace
from starling.presets.match.target import Target, target_of
from starling.presets.match.variants import EvaluatedCandidate, Variant, distinct

__all__ = ["BUDGETS", "MatchOptions", "MatchResult", "Variant", "match", "match_target"]

BUDGETS = range(100, 5001)  # evaluations
POPULATION = 10  # best starts in the first population
PERTURBED = 5  # copies of the three best, moved a little: nearly the same preset, a new direction
PERTURBED_FROM = 3  # of the copies
DEVIATION = 0.1  # standard deviation, as a part of each parameter's range
COORDINATE_SHARE = 0.3  # of the budget
OFFSPRING = 4  # children of which a proxy picks one to be rendered
VARIANTS = range(1, 9)
SCHEMAS = "schemas"  # folder of the library: see `scan`

LOGGER = logging.getLogger("starling.engine.match")
LOGGER.addHandler(logging.NullHandler())

Surrogate = Callable[
    [Schema, Target, InitialPopulation], PredictedLoss
]  # a trained proxy's predicted losses, of vectors that are not rendered
PresetEstimate = Callable[
    [Schema, Target], Mapping[str, float]
]  # a trained estimator's preset for a target


@dataclass(frozen=True, slots=True)
class MatchOptions:
    """What a match may cost and should bring. `without` are ids of presets that it leaves out."""

    budget: int = 1000
    variants: int = 4
    seed: int = 0
    title: str = "Match"
    without: Collection[int] = ()
    jobs: int = 0  # processes; 0 for one a core

    def __post_init__(self) -> None:
        for name, allowed in (("budget", BUDGETS), ("variants", VARIANTS)):
            if (given := getattr(self, name)) not in allowed:
                raise InputError(f"{name} must be {allowed[0]}..{allowed[-1]}, got {given}")


@dataclass(frozen=True, slots=True)
class MatchResult:
    """What came of a match. `variants` are distinct, the best first; losses are in dB.

    `nearest` is the library's nearest preset in sound, played as it comes nearest to the target;
    `initial` are all presets that were evaluated before the search.
    """

    synth: str
    schema: Schema
    variants: tuple[Variant, ...]
    nearest: Variant
    initial: InitialPopulation
    target: Target
    evaluations: int
    seconds: float
    remarks: tuple[str, ...]

    @property
    def preset(self) -> Preset:
        """The nearest preset's entry in the library."""
        return self.initial.presets[0].preset

    @property
    def start_loss(self) -> float:
        """The loss of the nearest preset."""
        return self.nearest.loss

    @property
    def loss(self) -> float:
        """The loss of the best variant."""
        return self.variants[0].loss


def match(
    signal: NDArray[np.float32],
    rate: int,
    synth: str,
    library: LibraryDatabase,
    budget: int = 1000,
    *,
    progress: Progress = lambda fraction, text: None,
    preview: Preview | None = None,
    cancelled: Callable[[], bool] = lambda: False,
    seed: int = 0,
) -> MatchResult:
    """Match the first note of a mono sound (frames,); see `match_target`."""
    options = MatchOptions(budget, seed=seed)
    target = target_of(signal, rate)
    return match_target(
        target, synth, library, options, progress=progress, preview=preview, cancelled=cancelled
    )


def match_target(
    target: Target,
    synth: str,
    library: LibraryDatabase,
    options: MatchOptions,
    *,
    progress: Progress = lambda fraction, text: None,
    preview: Preview | None = None,
    cancelled: Callable[[], bool] = lambda: False,
    surrogate: Surrogate | None = None,
    estimate: PresetEstimate | None = None,
) -> MatchResult:
    """Presets of a synth ("": of the nearest preset's) that sound like the target.

    The same seed gives the same presets, on any number of cores. `preview` sees better ones while
    they are found; an `estimate` is one more initial preset. Raises MissingError (no presets,
    synth not installed), PluginError (it crashes again and again) and CancelledError.
    """
    began = time.monotonic()
    progress(0.0, "looking for the nearest presets")
    count = initial_count(options.budget)
    presets = neighbours(library, target, synth, count, options.without)
    presets = [preset for preset in presets if preset.synth == (synth or presets[0].synth)]
    synth = presets[0].synth
    jobs = options.jobs or os.cpu_count() or 1
    with Evaluators(synth, jobs, library.folder / SCHEMAS, cancelled) as evaluators:
        schema = evaluators.open()
        evaluators.set_target(target.samples)
        initial = evaluate_initial(evaluators, schema, presets, target)
        search = SearchRun(
            evaluators, SearchSpace(schema), initial, options.budget, progress, preview
        )
        guesses = [search.space.vector(estimate(schema, target))] if estimate else []
        estimated = search.evaluate(guesses)
        predicted = surrogate(schema, target, initial) if surrogate else None
        failure = _failure_of(lambda: _search(search, options, predicted))
        found = _matched(search, initial, estimated, options, target, evaluators, began)
        return replace(found, remarks=(*found.remarks, failure)) if failure else found


def _failure_of(search: Callable[[], None]) -> str:
    """Run a search; the sentence for what ended it early, after which what it found is kept.

    Raises CancelledError.
    """
    try:
        search()
    except CancelledError:
        raise
    except Exception as exc:
        if not isinstance(exc, StarlingError):
            LOGGER.error("a match ended early", exc_info=exc)
        return f"the search ended early, and what it had found is kept: {exc or type(exc).__name__}"
    return ""


def _search(
    search: SearchRun,
    options: MatchOptions,
    predicted_loss: PredictedLoss | None,
) -> None:
    """Spend the budget: first population, differential evolution, coordinate search."""
    rng = np.random.default_rng(options.seed)
    ordered = sorted(search.evaluated, key=lambda each: each.loss)
    population = ordered[:POPULATION]
    vectors = [each.vector for each in population[:PERTURBED_FROM]]
    few = max(0, POPULATION - len(population))  # a library of few presets starts from their copies
    population += search.evaluate(perturbed(search.space, vectors, PERTURBED + few, DEVIATION, rng))
    reserved = round(COORDINATE_SHARE * options.budget)
    members = [(each.vector, each.loss) for each in population]
    evolution = DifferentialEvolution(
        search.space, members, rng, predicted_loss=predicted_loss, offspring=OFFSPRING
    )
    search.run(evolution, search.left - reserved)
    if len(search.space.turned):
        best = (search.best.vector, search.best.loss)
        search.run(CoordinateSearch(search.space, best, rng), search.left)


def _matched(
    search: SearchRun,
    initial: InitialPopulation,
    estimated: list[EvaluatedCandidate],
    options: MatchOptions,
    target: Target,
    evaluators: Evaluators,
    began: float,
) -> MatchResult:
    """What was found, with the sounds."""
    start, note, held = initial.nearest
    audio = evaluators.render(start.values, note, held)
    nearest = Variant(start.preset.name, start.values, start.loss, note, held, audio)
    chosen = distinct(search.evaluated, start.loss, options.variants, search.variant)
    named = (replace(each, name=f"{options.title} {n}") for n, each in enumerate(chosen, 1))
    return MatchResult(
        evaluators.synth,
        search.space.schema,
        tuple(named),
        nearest,
        initial,
        target,
        evaluators.evaluations,
        time.monotonic() - began,
        _remarks(target, initial, estimated, options, len(chosen)),
    )


def _remarks(
    target: Target,
    initial: InitialPopulation,
    estimated: list[EvaluatedCandidate],
    options: MatchOptions,
    found: int,
) -> tuple[str, ...]:
    """What the user should know beside the result."""
    remarks = list(target.remarks)
    remarks += [f"the estimated preset is {each.loss:.2f} dB from the target" for each in estimated]
    if initial.note != target.pitch.note:
        remarks.append(f"the presets come nearer when they play note {initial.note}")
    if found < options.variants:
        remarks.append(f"only {found} of {options.variants} variants sound different enough")
    return tuple(remarks)
