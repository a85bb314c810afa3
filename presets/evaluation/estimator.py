"""How near an estimator comes to real presets that it never met: estimated presets are played.

Targets are the real presets of a rendered test set, played as the set plays its first note. Beside
the estimates stand two that need no estimator: of a training set the preset that sounds nearest,
by the library's embedder, and the synth's default preset.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from starling.models.datasets.rendered_presets import RenderedSet
from starling.models.dsp.mel import SAMPLE_RATE
from starling.models.dsp.sound_distance import Similarity, compare, is_silent, levelled
from starling.models.errors import InputError, PluginError
from starling.models.estimator.inference import TrainedEstimator
from starling.models.estimator.network import Layout, agreement
from starling.models.proxy import data
from starling.models.proxy.parameter_space import Space
from starling.presets.datasets.sampling import REAL
from starling.presets.features import distance
from starling.presets.features.embedders import default
from starling.presets.sandbox.client import Sandbox

Array = NDArray[np.float32]
Progress = Callable[[float, str], None]

ESTIMATED, NEAREST, DEFAULT = "estimated", "nearest training preset", "default preset"
SILENT = Similarity(float("inf"), float("inf"), float("inf"), 0.0)  # what no sound is worth


@dataclass(frozen=True, slots=True)
class EstimatorScore:
    """Medians over the targets for one way of answering them.

    `figures` has the four published measures (MSS in dB), `silent`, how many of its presets made no
    sound and count as infinitely far, and how near the parameters come (`estimator.agreement`).
    """

    name: str
    targets: int
    figures: dict[str, float]


def evaluate(
    estimator: TrainedEstimator,
    test: Path,
    cache: Path,
    *,
    train: Path | None = None,
    count: int = 200,
    progress: Progress = lambda fraction, text: None,
) -> list[EstimatorScore]:
    """Evaluate an estimator on at most `count` real presets of a test set; without `train` no
    nearest preset. `cache` is the folder of introspected schemas.

    Raises MissingError and ParseError for sets that cannot be read, InputError where synth or
    schema differ or the set has no real presets, MissingError and PluginError where the synth
    cannot be played.
    """
    rendered = RenderedSet.open(test)
    space = Space.of(rendered.synth, rendered.schema_hash, rendered.schema)
    estimator.space.require(space, f"the data set {test.name}")
    rows = real_rows(rendered, count)
    mels = np.asarray(rendered.log_mel[rows, 0], np.float32)
    answers = {ESTIMATED: estimator.predict(mels)}
    if train:
        progress(0.0, "embedding")
        answers[NEAREST] = nearest(mels, train, space)
    answers[DEFAULT] = np.tile(
        np.array([k.default for k in space.knobs], np.float32), (len(rows), 1)
    )
    wanted = np.asarray(rendered.parameters[rows], np.float32)
    heard = _similarities(rendered, space, wanted, answers, cache, progress)
    layout, unit = Layout(space), space.unit(wanted)
    return [
        EstimatorScore(
            name, len(found), _medians(found) | agreement(layout, space.unit(answers[name]), unit)
        )
        for name, found in heard.items()
    ]


def real_rows(rendered: RenderedSet, count: int) -> NDArray[np.int64]:
    """At most `count` real presets of a set, spread over it. Raises InputError if it has none."""
    real = np.flatnonzero(np.asarray(rendered.kind) == REAL)
    if not len(real):
        raise InputError(
            f"{rendered.folder} has no real presets; `starling dataset render --scheme real "
            "--split test` makes a set of them",
            code="bad_data",
        )
    places = np.linspace(0, len(real) - 1, min(count, len(real))).round().astype(np.int64)
    return np.asarray(real[places], np.int64)


def nearest(mels: Array, train: Path, space: Space) -> Array:
    """The presets (n, P) of a training set that sound nearest to log-mels (n, 64, 51)."""
    chosen = default()
    heard = data.Embedding(chosen.key, chosen.metric, chosen.from_log_mel)
    known = data.load(train, heard)
    space.require(known.space, f"the data set {known.name}")
    vectors = known.vectors[:, 0]  # (m, size)
    each = np.arange(len(vectors))
    deviation = distance.deviation_of(vectors, each) if chosen.metric == "zscore" else None
    scale = distance.Metric(chosen.size, deviation)
    ours, theirs = scale.scaled(chosen.from_log_mel(mels)), scale.scaled(vectors)
    apart = np.square(theirs).sum(axis=1) - 2 * ours @ theirs.T  # squared, but for a constant
    return np.asarray(known.values[apart.argmin(axis=1)], np.float32)


def _similarities(
    rendered: RenderedSet,
    space: Space,
    wanted: Array,
    answers: Mapping[str, Array],
    cache: Path,
    progress: Progress,
) -> dict[str, list[Similarity]]:
    """How alike each answer and its target sound; targets that make no sound are left out."""
    found: dict[str, list[Similarity]] = {name: [] for name in answers}
    with Sandbox(rendered.synth, cache=cache) as box:
        installed = Space.of(rendered.synth, box.schema.hash, box.schema.parameters)
        space.require(installed, "the installed synth")
        for at, values in enumerate(wanted):
            target = _played(box, rendered, space, values)
            for name, presets in answers.items() if target is not None else ():
                found[name].append(_alike(target, _played(box, rendered, space, presets[at])))
            progress((at + 1) / len(wanted), f"{at + 1} of {len(wanted)} presets compared")
    return found


def _played(box: Sandbox, rendered: RenderedSet, space: Space, values: Array) -> Array | None:
    """The sound (1, frames) of a preset at the set's first note; None if it makes none."""
    note, velocity, held = rendered.notes[0]
    try:
        audio = box.render(space.named(values), note, velocity, held, rendered.seconds, SAMPLE_RATE)
    except PluginError:
        return None
    mono = audio.mean(axis=0, keepdims=True, dtype=np.float32)
    return None if is_silent(mono) else mono


def _alike(target: Array | None, answer: Array | None) -> Similarity:
    """The four measures, at the target's level."""
    if target is None or answer is None:
        return SILENT
    return compare(target, levelled(answer, target), SAMPLE_RATE)


def _medians(found: list[Similarity]) -> dict[str, float]:
    """The median of each measure, and how many made no sound."""
    if not found:
        raise InputError("not one real preset of the test set makes a sound", code="silent")
    names = Similarity.__slots__
    medians = {name: float(np.median([asdict(each)[name] for each in found])) for name in names}
    return medians | {"silent": float(sum(each is SILENT for each in found))}
