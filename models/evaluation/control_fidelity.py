"""Control fidelity: Spearman correlation of each control with the descriptor that it should move.

A seed is held and one control swept, as a user does; the other descriptors are measured too, since
a control that moves everything also correlates. Pitch is measured twice: as a transposition against
the sweep's middle, for any sound, and by F0 (`pitch_f0`), 0 for sounds without one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from starling.models.dsp import descriptors
from starling.models.dsp.signal import Array
from starling.models.dsp.transposition import transposition
from starling.models.evaluation import features
from starling.models.evaluation.features import Features
from starling.models.evaluation.subject import SEED, Subject

STEPS = 5  # settings of a control, ends included
SEEDS = 4  # of each class
Progress = Callable[[float], None]
Measure = Callable[[Array, int], float]


def _pitch(signal: Array, sample_rate: int) -> float:
    """Median F0 in octaves; NaN where no frame is voiced."""
    sound = features.standardise(signal, sample_rate)
    return float("nan") if sound is None else float(np.log2(features.pitch_statistics(sound)[0]))


MEASURES: dict[str, Measure] = {  # control: what it should move
    "brightness": descriptors.brightness,
    "decay": descriptors.decay,
    "noisiness": descriptors.noisiness,
    "pitch": _pitch,
}


@dataclass(frozen=True, slots=True)
class ControlFidelity:
    """Spearman of one control by class (`own`), and how far its sweep moves every measure.

    `moves` is in standard deviations of the recordings of a class: 0 for a measure left alone.
    """

    own: dict[str, float]
    moves: dict[str, float]

    @property
    def mean(self) -> float:
        """Over the classes."""
        return float(np.mean(list(self.own.values())))


def spearman(settings: NDArray[np.float64], found: NDArray[np.float64]) -> float:
    """Rank correlation over the finite values; 0 for fewer than three, and where nothing moves."""
    good = np.isfinite(found)
    if good.sum() < 3 or np.ptp(found[good]) == 0:
        return 0.0
    ranks = [rankdata(values[good]) for values in (settings, found)]
    return float(np.corrcoef(*ranks)[0, 1])


def sweep_controls(
    subject: Subject,
    classes: tuple[str, ...],
    deviations: Mapping[str, float],
    *,
    seeds: int = SEEDS,
    progress: Progress = lambda fraction: None,
) -> dict[str, ControlFidelity]:
    """Every control that a measure exists for, over all classes; {} for a model without one.

    For each class the mean over seeds of the correlation along one sweep. `deviations` are those
    of the measures within a class of recordings.
    """
    controls = subject.knobs(tuple(MEASURES))
    names = tuple(control.name for control in controls)
    measured = tuple(MEASURES) if "pitch" in names else tuple(descriptors.NAMES)
    if subject.has_classes:
        labels = [label for label, kind in enumerate(subject.kinds) if kind is not None]
    else:
        labels = [-1]
    found: dict[str, ControlFidelity] = {}
    for number, control in enumerate(controls):
        settings = np.linspace(control.minimum, control.maximum, STEPS)
        table, moved = np.zeros((2, len(labels), seeds, len(measured)))
        shifts = np.zeros((len(labels), seeds))
        for row, label in enumerate(labels):
            for seed in range(seeds):
                sounds = _sweep(subject, SEED + seed, label, control.name, settings)
                sweep = _measure(sounds, subject.card.sample_rate, measured)
                table[row, seed] = [spearman(settings, column) for column in sweep.T]
                moved[row, seed] = np.abs(sweep[-1] - sweep[0])
                if control.name == "pitch":
                    shifts[row, seed] = _transposed(sounds, settings, subject.card.sample_rate)
            progress((number + (row + 1) / len(labels)) / len(controls))
        moves = {
            name: _share(moved[:, :, at], deviations[name]) for at, name in enumerate(measured)
        }
        own = table[:, :, measured.index(control.name)]
        found[control.name] = ControlFidelity(_by_class(own, labels, classes), moves)
        if control.name == "pitch":
            found["pitch_f0"] = found["pitch"]
            found["pitch"] = ControlFidelity(_by_class(shifts, labels, classes), moves)
    return found


def _by_class(
    values: NDArray[np.float64], labels: list[int], classes: tuple[str, ...]
) -> dict[str, float]:
    """Means over the seeds of (labels, seeds), by the names of classes."""
    means = (round(float(value), 3) for value in values.mean(axis=1))
    return dict(zip(_names(labels, classes), means, strict=True))


def _transposed(sounds: list[Array], settings: NDArray[np.float64], sample_rate: int) -> float:
    """Spearman of a sweep's settings with the transpositions against its middle."""
    middle = sounds[len(sounds) // 2]
    found = [transposition(sound, middle, sample_rate) for sound in sounds]
    return spearman(settings, np.array(found))


def _names(labels: list[int], classes: tuple[str, ...]) -> list[str]:
    return [classes[label] if label >= 0 else "all" for label in labels]


def _share(moved: NDArray[np.float64], deviation: float) -> float:
    """The mean of what was measured at both ends of a sweep, in deviations."""
    good = moved[np.isfinite(moved)]
    return round(float(good.mean()) / deviation, 2) if len(good) and deviation > 0 else 0.0


def deviations(real: Features) -> dict[str, float]:
    """Standard deviation of every measure within the classes of recordings (root mean square)."""
    columns = [*real.measures.T, np.log2(real.hertz)]
    return {
        name: _deviation(column, real.labels)
        for name, column in zip(MEASURES, columns, strict=True)
    }


def _deviation(column: NDArray[np.float32], labels: NDArray[np.int64]) -> float:
    """Of the finite values around the mean of their class; 0 where there are none."""
    good = np.isfinite(column)
    values, own = column[good].astype(np.float64), labels[good]
    for label in np.unique(own):
        values[own == label] -= values[own == label].mean()
    return float(np.sqrt(np.mean(np.square(values)))) if len(values) else 0.0


def _sweep(
    subject: Subject, seed: int, label: int, knob: str, settings: NDArray[np.float64]
) -> list[Array]:
    """The sounds of one seed with one knob turned."""
    return [subject.sound(seed, label, {knob: float(value)}) for value in settings]


def _measure(
    sounds: list[Array], sample_rate: int, measured: tuple[str, ...]
) -> NDArray[np.float64]:
    """Measures (settings, measured) of a sweep."""
    return np.array([[MEASURES[name](sound, sample_rate) for name in measured] for sound in sounds])
