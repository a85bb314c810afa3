"""Measure one-shot models: set distances, class accuracy, C2ST, memorisation, control fidelity.

All models of a call share the recordings, the classifiers and one table, beside anchors: recordings
held out of training against the training ones, random halves of the recordings (the floor that no
model can pass), and noise in the recordings' envelopes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from starling.models.datasets.training_set import SoundSet
from starling.models.dsp.mel import SAMPLE_RATE
from starling.models.dsp.signal import Array
from starling.models.evaluation import (
    class_accuracy,
    control_fidelity,
    metrics,
    references,
    subject,
)
from starling.models.evaluation.features import Features, embedder, extract, standardise
from starling.models.evaluation.references import Recordings
from starling.models.evaluation.spectrogram_sheet import COLUMNS
from starling.models.evaluation.subject import DrawnSounds, Subject
from starling.models.timbre.numpy_forward import Forward

Progress = Callable[[float, str], None]
Figures = dict[str, Any]
MIN_AUDIBLE = 2  # sounds of a model that are not silent: set distances need two
ALL, HELD_OUT, HALVES, NOISE = "real, all", "real, held out", "real, halves", "noise"


@dataclass(frozen=True, slots=True)
class EvaluationRow:
    """One line of the table: a model or an anchor; a figure that does not apply is absent."""

    name: str
    is_model: bool
    figures: Figures
    features: Features | None = None
    shown: Mapping[int, Sequence[Array]] | None = None  # class (-1: any) to some sounds, 44.1 kHz


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The table, what it rests on, and sentences that a reader of it must know."""

    rows: tuple[EvaluationRow, ...]
    facts: dict[str, Any]
    notes: tuple[str, ...]
    real: Recordings

    def row(self, name: str) -> EvaluationRow:
        """A line by its name."""
        return next(row for row in self.rows if row.name == name)


def evaluate(
    folder: Path,
    cards: Sequence[Path],
    *,
    each: int = 0,
    classifiers: int = class_accuracy.CLASSIFIERS,
    progress: Progress = lambda fraction, text: None,
) -> Evaluation:
    """All figures of all models; a minute or two each on one core.

    `each`: sounds a class on average, divided as the recordings are; 0: as many as recordings.
    `progress` may raise CancelledError to stop: nothing is written here. Raises InputError and
    MissingError for data or models that cannot be used.
    """
    names = subject.names_of(cards)
    seed = _seed(cards[0])
    sounds = references.open_sounds(
        folder, seed, lambda done: progress(0.1 * done, "reading recordings")
    )
    subjects = [
        subject.load(card, sounds.classes, name) for card, name in zip(cards, names, strict=True)
    ]
    lowest = min(SAMPLE_RATE, *(model.card.sample_rate for model in subjects))
    forward = embedder()
    real = references.measure(
        sounds, forward, lowest, lambda done: progress(0.1 + 0.1 * done, "hearing them")
    )
    ensemble = class_accuracy.train_ensemble(
        real.features,
        real.train,
        sounds.classes,
        count=classifiers,
        progress=lambda done: progress(0.2 + 0.1 * done, "training judges on recordings"),
    )
    progress(0.3, "hearing anchors")
    rows = _anchors(real, ensemble, forward, lowest)
    counts = _counts(sounds, each)
    for at, model in enumerate(subjects):
        start, part = 0.35 + 0.65 * at / len(subjects), 0.65 / len(subjects)
        report = _part(progress, start, part, model.name)
        rows.append(_model_row(model, real, ensemble, forward, lowest, counts, report))
    progress(1.0, "done")
    return Evaluation(
        tuple(map(partial(_with_ratio, base=_accuracy(rows)), rows)),
        _facts(real, ensemble, lowest, counts, forward),
        _notes(subjects, real),
        real,
    )


def _accuracy(rows: Sequence[EvaluationRow]) -> float | None:
    """The classifiers' accuracy on the held-out recordings."""
    found = (row.figures.get("class_accuracy") for row in rows if row.name == HELD_OUT)
    return next(found, None)


def _with_ratio(row: EvaluationRow, base: float | None) -> EvaluationRow:
    """The row with its class accuracy over that of the held-out recordings."""
    own = row.figures.get("class_accuracy")
    if not base or own is None:
        return row
    return replace(row, figures={**row.figures, "class_accuracy_ratio": own / base})


def _part(progress: Progress, start: float, part: float, name: str) -> Progress:
    """The progress of one model within the whole."""
    return lambda fraction, text: progress(start + part * fraction, f"{name}: {text}")


def _seed(card: Path) -> int:
    """The seed that split the data when the first model was trained."""
    from starling.models.artifacts import card_file

    seed = card_file.read_card(card).get("training", {}).get("seed", 0)
    return seed if isinstance(seed, int) else 0


def _counts(sounds: SoundSet, each: int) -> list[int]:
    """Sounds to draw from each class, in the recordings' proportions."""
    sizes = [int(size) for size in np.bincount(sounds.labels, minlength=len(sounds.classes))]
    return subject.shares(sizes, each * len(sizes)) if each else sizes


def _anchors(
    real: Recordings,
    ensemble: class_accuracy.ClassifierEnsemble | None,
    forward: Forward,
    lowest: int,
) -> list[EvaluationRow]:
    """Rows of known sets, beside which a model's figures are read."""
    features, train = real.features, real.train
    rows = [
        EvaluationRow(
            ALL, False, {"sounds": len(features), **metrics.pitch_figures(features)}, features
        )
    ]
    if (~train).sum() >= 2:
        held = features.rows(~train)
        found = metrics.against(held, {"train": features.rows(train)}, "train")
        found |= metrics.own(held, features.rows(train), held)
        rows.append(EvaluationRow(HELD_OUT, False, found | class_accuracy.figures(ensemble, held)))
    if min(real.half.sum(), (~real.half).sum()) >= 2:
        first, second = features.rows(real.half), features.rows(~real.half)
        found = metrics.against(first, {"half": second}, "half")
        rows.append(EvaluationRow(HALVES, False, found))
    noise = references.noise(real.sounds)
    labels = real.sounds.labels
    burst = extract(noise, labels, forward, lowest_rate=lowest, name="noise")
    return [*rows, EvaluationRow(NOISE, False, _compared(burst, real, ensemble), burst)]


def _compared(
    features: Features, real: Recordings, ensemble: class_accuracy.ClassifierEnsemble | None
) -> Figures:
    """Everything that is measured on sounds alone."""
    train, held = real.features.rows(real.train), real.features.rows(~real.train)
    sides = {"all": real.features, "train": train, "held_out": held}
    found = metrics.against(features, sides, real.headline)
    found |= metrics.own(features, train, held)
    return found | class_accuracy.figures(ensemble, features)


def _model_row(
    model: Subject,
    real: Recordings,
    ensemble: class_accuracy.ClassifierEnsemble | None,
    forward: Forward,
    lowest: int,
    counts: list[int],
    progress: Progress,
) -> EvaluationRow:
    """All figures of one model."""
    rate = model.card.sample_rate
    drawn = subject.draw(model, counts, progress=lambda done: progress(0.25 * done, "generating"))
    signals = [standardise(sound, rate) for sound in drawn.signals]
    audible = sum(signal is not None for signal in signals)
    if audible < MIN_AUDIBLE:
        silent = {"sounds": audible, "silent": len(signals) - audible}
        return EvaluationRow(model.name, True, silent | _time(model, drawn))
    features = extract(
        signals,
        drawn.labels,
        forward,
        lowest_rate=lowest,
        progress=lambda done: progress(0.25 + 0.25 * done, "hearing"),
        name=model.name,
    )
    progress(0.5, "comparing")
    found = _compared(features, real, ensemble) | _time(model, drawn)
    fidelity = control_fidelity.sweep_controls(
        model,
        real.sounds.classes,
        control_fidelity.deviations(real.features),
        progress=lambda done: progress(0.7 + 0.3 * done, "turning knobs"),
    )
    found |= {
        "control_spearman": {name: round(each.mean, 3) for name, each in fidelity.items()},
        "control_spearman_by_class": {name: each.own for name, each in fidelity.items()},
        "control_moves": {name: each.moves for name, each in fidelity.items()},
    }
    return EvaluationRow(
        model.name, True, found, features, _shown(signals, drawn.labels, len(counts))
    )


def _time(model: Subject, drawn: DrawnSounds) -> Figures:
    """Milliseconds a sound and to load; the first sound of all warms up and is left out."""
    times = drawn.times_ms[1:] if len(drawn.times_ms) > 1 else drawn.times_ms
    return {"p50_ms": float(np.median(times)), "load_ms": model.load_ms}


def _shown(
    signals: Sequence[Array | None], labels: NDArray[np.int64], classes: int
) -> dict[int, Sequence[Array]]:
    """The first sounds of each class; more of a model without classes, for all rows of a sheet."""
    return {
        int(label): [
            signal
            for signal, own in zip(signals, labels, strict=True)
            if own == label and signal is not None
        ][: COLUMNS if label >= 0 else COLUMNS * classes]
        for label in np.unique(labels)
    }


def _facts(
    real: Recordings,
    ensemble: class_accuracy.ClassifierEnsemble | None,
    lowest: int,
    counts: list[int],
    forward: Forward,
) -> dict[str, Any]:
    """What the figures rest on."""
    classes = real.sounds.classes
    return {
        "classes": dict(
            zip(
                classes,
                map(int, np.bincount(real.features.labels, minlength=len(classes))),
                strict=True,
            )
        ),
        "counted_classes": [classes[at] for at in ensemble.large] if ensemble else [],
        "real": len(real.features),
        "train": int(real.train.sum()),
        "held_out": int((~real.train).sum()),
        "drawn": sum(counts),
        "headline": real.headline,
        "embedding": f"timbre {forward.weights_hash[:12]}",
        "low_pass_hz": lowest // 2 if lowest < SAMPLE_RATE else None,
        "judges": len(ensemble.networks) if ensemble else 0,
        "seed": subject.SEED,
        "data": real.sounds.manifest,
    }


def _notes(subjects: Sequence[Subject], real: Recordings) -> tuple[str, ...]:
    """What is not alike among the models."""
    seed = subjects[0].training.get("seed", 0)
    notes = []
    for model in subjects:
        if model.training.get("seed", 0) != seed:
            notes.append(f"{model.name} was trained on another split: some held-out sounds are its")
        if model.data.get("manifest") != real.sounds.manifest:
            notes.append(f"{model.name} was trained on other data than these, by its card")
        missing = [
            name
            for name, kind in zip(real.sounds.classes, model.kinds, strict=False)
            if kind is None
        ]
        if missing:
            notes.append(f"{model.name} has no class {', '.join(missing)}")
        if not model.has_classes and len(real.sounds.classes) > 1:
            notes.append(f"{model.name} has no classes: its sounds are drawn from the whole")
    return tuple(notes)
