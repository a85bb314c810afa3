"""The knob-sweep test: does an embedder's distance grow as one knob is turned?

A knob is turned from one end to the other in equal steps, all else as a preset has it. The sounds
are ranked by their distance from the first and from the last one; Spearman's rho with the order of
the steps, the mean of both, 1 at best. After the "sound attributes ranking" of pcmbs/synth-proxy.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from starling.models.errors import InputError, PluginError
from starling.presets.features.distance import deviation_of
from starling.presets.features.embedder import Embedder
from starling.presets.features.embedders import NOTE_SECONDS
from starling.presets.formats.schema import Parameter, Schema
from starling.presets.sandbox.client import Sandbox

Array = NDArray[np.float32]

SECONDS = 1.0
NOTE, VELOCITY = 60, 100
SAME = 1e-4  # distance over the largest of an embedder: the knob does nothing in this preset
LEAST_STEPS = 4  # ranks of three sounds say little


@dataclass(frozen=True, slots=True)
class Sweep:
    """One knob of one preset turned: vectors (steps, size) by embedder."""

    parameter: str
    vectors: Mapping[str, Array]


@dataclass(frozen=True, slots=True)
class EmbedderScore:
    """An embedder: rho of each knob, the mean over its presets; knobs that changed nothing lack."""

    embedder: str
    knobs: Mapping[str, float]

    @property
    def mean(self) -> float:
        """Over the knobs."""
        return float(np.mean(list(self.knobs.values()))) if self.knobs else float("nan")

    @property
    def deviation(self) -> float:
        """Over the knobs."""
        return float(np.std(list(self.knobs.values()))) if self.knobs else float("nan")


def score_embedders(
    box: Sandbox,
    presets: Sequence[Mapping[str, float]],
    embedders: Sequence[Embedder],
    *,
    steps: int = 9,
    only: Collection[str] = (),
    progress: Callable[[float, str], None] = lambda fraction, text: None,
) -> list[EmbedderScore]:
    """Turn every continuous knob of a synth, or those named, in every preset; one result for each
    embedder.

    Raises InputError for fewer than four steps or a knob that the synth lacks, and what the
    sandbox raises when it does not open.
    """
    if steps < LEAST_STEPS:
        raise InputError(f"steps must be {LEAST_STEPS} or more, got {steps}")
    knobs = [p for p in box.schema.parameters if p.kind == "continuous"]
    strange = sorted(set(only) - {knob.name for knob in knobs})
    if strange:
        raise InputError(f"{box.title} has no continuous knob {strange[0]!r}")
    knobs = [knob for knob in knobs if not only or knob.name in only]
    sweeps: list[Sweep] = []
    for number, values in enumerate(presets):
        for at, knob in enumerate(knobs):
            progress((number + at / len(knobs)) / len(presets), knob.name)
            sweeps += _sweep(box, values, knob, embedders, steps)
    return [_score(embedder, sweeps) for embedder in embedders]


def positions(knob: Parameter, steps: int) -> list[float]:
    """The values that a knob is turned through; of a bipolar one only its upper half."""
    low = 0.0 if knob.minimum < 0 < knob.maximum else knob.minimum
    return [float(value) for value in np.linspace(low, knob.maximum, steps)]


def _sweep(
    box: Sandbox,
    values: Mapping[str, float],
    knob: Parameter,
    embedders: Sequence[Embedder],
    steps: int,
) -> Iterator[Sweep]:
    """One sweep, or none where a sound of it is silent or the synth fails."""
    vectors: dict[str, list[Array]] = {embedder.key: [] for embedder in embedders}
    rates = {embedder.sample_rate for embedder in embedders}
    try:
        for position in positions(knob, steps):
            turned = {**values, knob.name: position}
            sounds = {rate: _sound(box, turned, rate) for rate in rates}
            for embedder in embedders:
                vectors[embedder.key].append(embedder.embed(sounds[embedder.sample_rate]))
    except (PluginError, InputError):  # InputError: silent
        return
    yield Sweep(knob.name, {key: np.stack(found) for key, found in vectors.items()})


def _sound(box: Sandbox, values: Mapping[str, float], rate: int) -> Array:
    audio = box.render(values, NOTE, VELOCITY, NOTE_SECONDS, SECONDS, rate)
    return np.asarray(audio.mean(axis=0), np.float32)


def _score(embedder: Embedder, sweeps: Sequence[Sweep]) -> EmbedderScore:
    """The mean rho of each knob over the presets in which it does something."""
    if not sweeps:
        return EmbedderScore(embedder.key, {})
    stacks = [sweep.vectors[embedder.key] for sweep in sweeps]
    every = np.concatenate(stacks)  # (sounds, size)
    scale = (
        deviation_of(every, np.arange(len(every))) if embedder.metric == "zscore" else np.float32(1)
    )
    largest = float(np.linalg.norm((every - every.mean(axis=0)) / scale, axis=1).max())
    found: dict[str, list[float]] = {}
    for sweep, stack in zip(sweeps, stacks, strict=True):
        away = [np.linalg.norm((stack - stack[end]) / scale, axis=1) for end in (0, -1)]
        if min(each.max() for each in away) > SAME * largest:
            rho = (spearman(away[0]) - spearman(away[1])) / 2
            found.setdefault(sweep.parameter, []).append(rho)
    return EmbedderScore(embedder.key, {name: float(np.mean(rhos)) for name, rhos in found.items()})


def spearman(values: NDArray[np.floating]) -> float:
    """Spearman's rho of numbers (n,) with 0..n-1; 0 where all are equal."""
    from scipy.stats import rankdata  # slow to load

    ranks = rankdata(values)
    if np.ptp(ranks) == 0:
        return 0.0
    return float(np.corrcoef(ranks, np.arange(len(ranks)))[0, 1])


def chosen_presets(
    schema: Schema, presets: Sequence[Mapping[str, float]], count: int
) -> list[dict[str, float]]:
    """`count` presets spread over a list, whole; the initial sound where there are none."""
    if not presets:
        return [schema.defaults()]
    every = max(1, len(presets) // count)
    return [schema.validate(values) for values in presets[::every][:count]]
