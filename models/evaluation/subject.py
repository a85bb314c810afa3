"""A model under evaluation: the sounds requested of it, and the time that they take.

Nothing here knows a network: classes and knobs are those of the card's controls, so that any kind
that `catalogue.load_generator` loads is measured alike.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from starling.models.artifacts import card_file, catalogue
from starling.models.artifacts.catalogue import Control, ModelCard, Player
from starling.models.datasets import general_midi
from starling.models.dsp.signal import Array
from starling.models.errors import InputError

SEED = 20_000  # first seed of the evaluation; tests elsewhere use small ones
KIND = "kind"  # the control that chooses a class


@dataclass(frozen=True, slots=True)
class Subject:
    """One model. `kinds` has for each class of the data the value of the control `kind`.

    A class that the model does not know is None; a model without classes has no kinds at all.
    """

    name: str
    card: ModelCard
    generator: Player
    kinds: tuple[float | None, ...]
    load_ms: float
    training: Mapping[str, Any]
    data: Mapping[str, Any]

    @property
    def has_classes(self) -> bool:
        """Whether a class can be requested."""
        return bool(self.kinds)

    def knobs(self, names: Sequence[str]) -> tuple[Control, ...]:
        """Those of its controls that have one of the names."""
        return tuple(control for control in self.card.controls if control.name in names)

    def sound(self, seed: int, label: int, knobs: Mapping[str, float]) -> Array:
        """One sound (frames,); label -1 leaves the class to the model."""
        kind = self.kinds[label] if self.has_classes and label >= 0 else None
        controls = {**knobs} if kind is None else {KIND: kind, **knobs}
        return np.asarray(self.generator.generate(seed, controls)[0], np.float32)


@dataclass(frozen=True, slots=True)
class DrawnSounds:
    """Sounds as the model made them, the requested class (-1: none), and milliseconds for each."""

    signals: tuple[Array, ...]
    labels: NDArray[np.int64]
    times_ms: NDArray[np.float64]


def load(path: Path, classes: tuple[str, ...], name: str = "") -> Subject:
    """Load the model behind a card and match its classes with those of the data.

    Raises MissingError, ParseError, and InputError where the two share no class.
    """
    card = catalogue.read(path)
    if not card.makes_sounds:
        raise InputError(f"{path.name} is a card of kind {card.kind!r}, which makes no sounds")
    content = card_file.read_card(path)
    began = time.perf_counter()
    generator = catalogue.load_generator(card)
    taken = 1000 * (time.perf_counter() - began)
    kinds = _kinds(card, classes)
    training, data = content.get("training", {}), content.get("data", {})
    return Subject(name or card.name, card, generator, kinds, taken, training, data)


def names_of(paths: Sequence[Path]) -> list[str]:
    """A name for each card: its file's, with the folder where two are alike, else numbered."""
    stems = [path.stem for path in paths]
    long = [
        stem if stems.count(stem) == 1 else f"{path.resolve().parent.name}/{stem}"
        for stem, path in zip(stems, paths, strict=True)
    ]
    return [
        name if long.count(name) == 1 else f"{name} ({1 + long[:at].count(name)})"
        for at, name in enumerate(long)
    ]


def _kinds(card: ModelCard, classes: tuple[str, ...]) -> tuple[float | None, ...]:
    """For each class of the data the index of the label that means it; () for a single class."""
    labels = next((control.labels for control in card.controls if control.name == KIND), ())
    known = {label.casefold(): float(at) for at, label in enumerate(labels)}
    found = tuple(_first(known, (general_midi.title(name), name)) for name in classes)
    if any(kind is not None for kind in found):
        return found
    if labels and len(classes) > 1:
        raise InputError(
            f"{card.name} has the classes {', '.join(labels)}; the data has {', '.join(classes)}"
        )
    return ()


def _first(known: Mapping[str, float], names: Sequence[str]) -> float | None:
    """The place of the first name that is known."""
    return next((known[name.casefold()] for name in names if name.casefold() in known), None)


def shares(counts: Sequence[int], total: int) -> list[int]:
    """`total` split as `counts` are, each part at least one.

    >>> shares([80, 10, 10], 20)
    [16, 2, 2]
    """
    whole = sum(counts)
    return [max(1, round(total * count / whole)) for count in counts]


def draw(
    subject: Subject,
    counts: Sequence[int],
    *,
    knobs: Callable[[int, int], Mapping[str, float]] = lambda label, seed: {},
    progress: Callable[[float], None] = lambda fraction: None,
) -> DrawnSounds:
    """So many sounds of each class, seeds from SEED on; knobs untouched where none are given.

    A model without classes makes as many in all.
    """
    if subject.has_classes:
        order = [(label, at) for label, count in enumerate(counts) for at in range(count)]
        order = [each for each in order if subject.kinds[each[0]] is not None]
    else:
        order = [(-1, at) for at in range(sum(counts))]
    signals, times = [], []
    for done, (label, at) in enumerate(order, 1):
        given = knobs(label, at)
        began = time.perf_counter()
        signals.append(subject.sound(SEED + at, label, given))
        times.append(1000 * (time.perf_counter() - began))
        progress(done / len(order))
    labels = np.array([label for label, _ in order], np.int64)
    return DrawnSounds(tuple(signals), labels, np.array(times))


def uniform_controls(
    subject: Subject, names: Sequence[str]
) -> Callable[[int, int], dict[str, float]]:
    """Knobs anywhere in their ranges, odd combinations included; fixed by class and seed."""
    controls = subject.knobs(names)

    def chosen(label: int, at: int) -> dict[str, float]:
        values = np.random.default_rng([SEED, at, label + 1]).random(len(controls))
        return {
            each.name: each.minimum + float(value) * (each.maximum - each.minimum)
            for each, value in zip(controls, values, strict=True)
        }

    return chosen
