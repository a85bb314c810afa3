"""Presets drawn at random: independently, or around real ones. Pure; knows no synth and no sound.

Item i of a data set is drawn with a generator of its own, seeded by (seed, i), so that no order of
work changes it. `uniform` is the published scheme (Combes et al., JAES 2025): every parameter by
itself. `bank` makes the real presets themselves, jittered ones, crossings of two, and mixtures of
the bank's values, since a model of uniform presets fails on those that people made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from starling.models.errors import InputError
from starling.presets.datasets.sampling_rules import Rule
from starling.presets.formats.schema import Parameter, Schema

Array = NDArray[np.float64]
Scheme = Literal["uniform", "bank", "real"]
Draw = Callable[["Plan", np.random.Generator], "SampledPreset"]

REAL, JITTER, CROSSOVER, MARGINALS, UNIFORM = range(5)  # the kinds, as a data set stores them
KINDS = ("real", "jitter", "crossover", "marginals", "uniform")
NOT_REAL = -1  # the source of a preset that derives from no single real one
LEAST_SPREAD = 0.02  # of the range: how far even a knob moves that the whole bank leaves alone
TURN = 0.25  # chance that a crossing changes parents at a parameter: knobs of a section go together


@dataclass(frozen=True, slots=True)
class BankMixture:
    """Shares of the kinds in scheme `bank`, and how far jittered presets stray.

    `real` is a limit: each real preset comes once at most, and what is left goes to the others.
    `jitter` is the median standard deviation, in those of the bank; `flip` the chance that a
    discrete parameter is drawn again from the bank.
    """

    real: float = 0.4
    jitter: float = 0.3
    crossover: float = 0.2
    marginals: float = 0.1
    sd: float = 0.3
    flip: float = 0.05

    def __post_init__(self) -> None:
        for name in self.__slots__:
            value = getattr(self, name)
            if not (np.isfinite(value) and 0 <= value <= 10):
                raise InputError(f"{name} must be 0..10, got {value:g}", code="bad_sampling")
        if self.jitter + self.crossover + self.marginals <= 0:
            raise InputError("one of jitter, crossover and marginals must be above 0")


@dataclass(frozen=True)
class SourcePresets:
    """Real presets to draw around: values (m, P) in the synth's units, indices into the sources."""

    values: Array
    sources: NDArray[np.int64]

    @cached_property
    def spread(self) -> Array:
        """The standard deviation of each parameter, (P,)."""
        return np.asarray(self.values.std(axis=0))


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that decides what is drawn. `rules` are by the parameter's name."""

    schema: Schema
    scheme: Scheme
    count: int
    seed: int
    source_presets: SourcePresets | None = None
    mix: BankMixture = field(default_factory=BankMixture)
    rules: Mapping[str, Rule] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SampledPreset:
    """A preset: canonical values (P,), where it comes from, and of which kind it is."""

    values: Array
    source: int
    kind: int


def draws(plan: Plan, item: int) -> Iterator[SampledPreset]:
    """Try after try of an item; who finds one silent takes the next.

    A real preset comes as it is first; if that will not do, as a jittered one.
    """
    random = np.random.default_rng([plan.seed, item])
    turn = real_row(plan, item)
    if turn is not None:
        yield _finished(plan, _real(plan, turn))
        while True:
            yield _finished(plan, _jitter(plan, random, turn))
    names, shares = _others(plan)
    while True:
        kind = random.choice(len(names), p=shares)
        yield _finished(plan, _DRAWS[names[kind]](plan, random))


def real_row(plan: Plan, item: int) -> int | None:
    """Which row of the material the item is itself; None for the others.

    Each comes once at most, and they are spread over the whole data set.
    """
    if plan.source_presets is None:
        return None
    if plan.scheme == "real":
        return item
    share = plan.mix.real / (plan.mix.real + sum(_shares(plan.mix).values()))
    real_presets = min(len(plan.source_presets.values), round(plan.count * share))
    turn = int(_item_order(plan)[item])
    if turn >= real_presets:
        return None
    return int(_shuffled(plan.seed, 2**33, len(plan.source_presets.values))[turn])


def _item_order(plan: Plan) -> NDArray[np.int64]:
    """A shuffling of the items: those that land below the number of real presets are real."""
    return _shuffled(plan.seed, 2**32, plan.count)  # no item has this number


@lru_cache(maxsize=8)  # needed with every item
def _shuffled(seed: int, stream: int, count: int) -> NDArray[np.int64]:
    return np.random.default_rng([seed, stream]).permutation(count)


def _shares(mix: BankMixture) -> dict[str, float]:
    return {name: getattr(mix, name) for name in ("jitter", "crossover", "marginals")}


def _others(plan: Plan) -> tuple[tuple[str, ...], Array]:
    """The kinds that are drawn, with their probabilities."""
    if plan.source_presets is None:
        return ("uniform",), np.ones(1)
    shares = _shares(plan.mix)
    weights = np.array(list(shares.values()))
    return tuple(shares), weights / weights.sum()


def _uniform(plan: Plan, random: np.random.Generator) -> SampledPreset:
    """Every parameter by itself: continuous U[interval], discrete by its weights."""
    values = [_one(p, plan.rules.get(p.name), random) for p in plan.schema.parameters]
    return SampledPreset(np.array(values), NOT_REAL, UNIFORM)


def _one(parameter: Parameter, rule: Rule | None, random: np.random.Generator) -> float:
    low, high = parameter.minimum, parameter.maximum
    if rule and rule.interval:
        low, high = rule.interval
    if parameter.kind == "continuous" or parameter.steps < 2:
        return float(random.uniform(low, high))
    steps = np.linspace(parameter.minimum, parameter.maximum, parameter.steps)
    weights = np.ones(len(steps)) if not (rule and rule.weights) else np.array(rule.weights)
    weights = np.where((steps >= low - 1e-9) & (steps <= high + 1e-9), weights, 0.0)
    return float(random.choice(steps, p=weights / weights.sum()))


def _real(plan: Plan, row: int) -> SampledPreset:
    source_presets = _source_presets(plan)
    return SampledPreset(source_presets.values[row], int(source_presets.sources[row]), REAL)


def _jitter(plan: Plan, random: np.random.Generator, row: int | None = None) -> SampledPreset:
    """A real preset, every knob moved a little, now and then a switch turned."""
    source_presets = _source_presets(plan)
    chosen = int(random.integers(len(source_presets.values))) if row is None else row
    width = plan.mix.sd * np.exp(random.normal(0, 0.7))  # some stay near, some go far
    moved = source_presets.values[chosen] + random.normal(
        size=source_presets.values.shape[1]
    ) * width * _spread(plan)
    flips = random.random(len(moved)) < plan.mix.flip  # (P,)
    other = _marginal_values(plan, random)
    values = np.where(_discrete(plan), np.where(flips, other, source_presets.values[chosen]), moved)
    return SampledPreset(values, int(source_presets.sources[chosen]), JITTER)


def _crossover(plan: Plan, random: np.random.Generator) -> SampledPreset:
    """Two real presets crossed, neighbouring parameters mostly from the same one."""
    source_presets = _source_presets(plan)
    first, second = random.choice(
        len(source_presets.values), 2, replace=len(source_presets.values) < 2
    )
    turns = random.random(source_presets.values.shape[1]) < TURN  # (P,)
    of_second = np.cumsum(turns) % 2 == 1  # (P,)
    values = np.where(of_second, source_presets.values[second], source_presets.values[first])
    return SampledPreset(values, int(source_presets.sources[first]), CROSSOVER)


def _marginals(plan: Plan, random: np.random.Generator) -> SampledPreset:
    """Every parameter as some real preset has it, each from another."""
    return SampledPreset(_marginal_values(plan, random), NOT_REAL, MARGINALS)


def _marginal_values(plan: Plan, random: np.random.Generator) -> Array:
    values = _source_presets(plan).values
    rows = random.integers(len(values), size=values.shape[1])  # (P,)
    return np.asarray(values[rows, np.arange(values.shape[1])])


_DRAWS: dict[str, Draw] = {
    "uniform": _uniform,
    "jitter": _jitter,
    "crossover": _crossover,
    "marginals": _marginals,
}


def _source_presets(plan: Plan) -> SourcePresets:
    assert plan.source_presets is not None
    return plan.source_presets


def _discrete(plan: Plan) -> NDArray[np.bool_]:
    return np.array([p.kind == "discrete" and p.steps >= 2 for p in plan.schema.parameters])


def _spread(plan: Plan) -> Array:
    """How far each parameter varies in the bank, (P,)."""
    ranges = np.array([p.maximum - p.minimum for p in plan.schema.parameters])  # (P,)
    return np.maximum(_source_presets(plan).spread, LEAST_SPREAD * ranges)


def _finished(plan: Plan, sampled: SampledPreset) -> SampledPreset:
    """Within the rules, and as the synth will use it. Real presets stay as they are."""
    if sampled.kind == REAL:
        return sampled
    values = [
        parameter.canonical(_ruled(parameter, plan.rules.get(parameter.name), float(value)))
        for parameter, value in zip(plan.schema.parameters, sampled.values, strict=True)
    ]
    return replace(sampled, values=np.array(values))


def _ruled(parameter: Parameter, rule: Rule | None, value: float) -> float:
    low, high = rule.interval if rule and rule.interval else (parameter.minimum, parameter.maximum)
    if rule and rule.fixed is not None:
        return rule.fixed
    return min(max(value, low), high)
