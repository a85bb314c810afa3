"""The temperature at which a texture model comes nearest to what it was trained on.

Takes of some temperatures are generated side by side, with the same seeds, and compared with
training chunks alone: what is held out stays what nothing was chosen by.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from starling.models.artifacts import card_file
from starling.models.artifacts.catalogue import ModelCard
from starling.models.artifacts.controls import canonical
from starling.models.datasets.album import Album
from starling.models.dsp.signal import Array
from starling.models.errors import InputError, MissingError
from starling.models.evaluation import set_distances
from starling.models.evaluation.features import embedder
from starling.models.evaluation.textures import figures
from starling.models.evaluation.textures.classes import in_common, mix
from starling.models.evaluation.textures.figures import LEAST_SECONDS, LEAST_SOURCE_SECONDS, Traits
from starling.models.kernels import library
from starling.models.samplernn.generator import Generator
from starling.models.samplernn.take import Take

TEMPERATURES = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1)
SECONDS = 24.0  # of each temperature, all takes together
TAKES = 4  # of each, or of as many labels as there are,
MOST_LABELS = 8  # of which some stand for all
SOURCE_SECONDS = 60.0  # of the training chunks
ROUND_SECONDS = 0.25  # of each take, between two looks at the clock
LEAST_FIGURE = 1e-3  # whose logarithm counts: what is nearer is as near

Report = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Fit:
    """The nearest temperature, the distance at each, and how long each was listened to, s."""

    temperature: float
    distances: dict[float, float]  # infinite where it fell silent
    seconds: float


def fit(
    card: ModelCard, source: Album, until: float = math.inf, report: Report = lambda done: None
) -> Fit:
    """Find the temperature at which a texture model is nearest to its training chunks.

    It ends before the moment `until` (time.monotonic): with less sound where the time is short, for
    only as long is the result the same each time. Raises InputError (code `too_short`) where even 4
    seconds of each temperature do not fit, or there are no 8 of the source; MissingError where the
    compiled generator is missing.
    """
    if not library.available():
        raise MissingError(f"the compiled generator is missing; {library.HOW}")
    labels = _labels(card, source)
    real = np.concatenate([_training_sound(source, label, len(labels)) for label in labels])
    seconds = len(real) / card.sample_rate
    if seconds < LEAST_SOURCE_SECONDS or figures.is_silent(real):
        raise InputError(
            f"{seconds:.1f} s of training chunks are too little to compare with", code="too_short"
        )
    began, embed = time.monotonic(), embedder()
    top = figures.loudest(real, card.sample_rate)
    own = figures.traits(real, card.sample_rate, top, embed)
    cost = (time.monotonic() - began) / seconds  # of a second of sound: it holds for what is made
    made = _takes(card, labels, cost, until, report)
    others = [
        None if figures.is_silent(each) else figures.traits(each, card.sample_rate, top, embed)
        for each in made
    ]
    found = dict(zip(TEMPERATURES, distances(own, others), strict=True))
    report(1.0)
    return Fit(min(found, key=found.__getitem__), found, made.shape[1] / card.sample_rate)


def distances(own: Traits, others: Sequence[Traits | None]) -> list[float]:
    """How far each sound is from the source: the geometric mean of all figures but level.

    So no figure's unit counts more than another's. Infinite for what is silent (None), or mostly.
    """
    heard = [each for each in others if each is not None]
    seconds = min(len(own.vectors), max((len(each.vectors) for each in heard), default=0))
    return [_distance(own, each, seconds) for each in others]


def _distance(own: Traits, other: Traits | None, seconds: int) -> float:
    if other is None or len(other.vectors) < min(seconds, set_distances.SMALLEST):
        return math.inf
    found = figures.distances(own, other, seconds)
    return math.exp(np.mean(np.log(np.maximum(list(found.values()), LEAST_FIGURE))))


def _labels(card: ModelCard, source: Album) -> list[str]:
    """The classes that are listened to, evenly spread over those in common."""
    known = in_common(card, source)
    spread = np.linspace(0, len(known) - 1, min(MOST_LABELS, len(known))).round().astype(int)
    return [known[each] for each in spread]


def _training_sound(source: Album, label: str, labels: int) -> Array:
    """A label's share (frames,) of the training chunks, or of all of them where it has no name."""
    found = []
    for at, recording in enumerate(source.recordings):
        if label not in ("", source.labels[source.conditions[at]]):
            continue
        used = np.zeros(len(recording), np.bool_)  # chunks overlap: each sample once
        for first in source.training[source.training[:, 0] == at, 1]:
            used[first : first + source.chunk] = True
        found.append(recording[used])
    return figures.excerpt(found, source.sample_rate, SOURCE_SECONDS / labels)


def _takes(
    card: ModelCard, labels: Sequence[str], cost: float, until: float, report: Report
) -> Array:
    """Takes (temperatures, frames) one after another, as long as time is left to compare them.

    `cost` are the seconds that comparing a second takes. Raises InputError.
    """
    each = math.ceil(TAKES / len(labels))
    count = each * len(labels)  # takes of a temperature
    slots = range(count * len(TEMPERATURES))
    voices = Generator(card).voices(len(slots))
    for slot in slots:
        temperature, number = TEMPERATURES[slot // count], slot % count
        controls = mix(card, labels[number // each]) | {"temperature": temperature}
        voices.start(slot, Take(number, canonical(card, controls)))
    rate = card.sample_rate
    parts: list[Array] = []
    wanted = math.ceil(SECONDS / count / ROUND_SECONDS)
    compared = cost * ROUND_SECONDS * len(slots)
    while len(parts) < wanted:
        began = time.monotonic()
        parts.append(voices.render(slots, int(ROUND_SECONDS * rate)))
        report(len(parts) / (wanted + 1))
        now = time.monotonic()
        if now + (now - began) + compared * (len(parts) + 1) > until:
            break
    made = np.concatenate(parts, axis=1).reshape(len(TEMPERATURES), -1)
    if made.shape[1] < LEAST_SECONDS * rate:
        raise InputError(
            f"in the time there is {card.name} generates {made.shape[1] / rate:.1f} s at each "
            f"temperature, at least {LEAST_SECONDS:g} are needed",
            code="too_short",
        )
    return made


def store(path: Path, found: Fit) -> None:
    """Make a fit's temperature the usual one of the card at `path`, with the distances of all."""
    content = card_file.read_card(path)
    controls = [
        each | {"default": found.temperature} if each["name"] == "temperature" else each
        for each in content["controls"]
    ]
    shown = {f"{at:g}": round(far, 4) for at, far in found.distances.items() if math.isfinite(far)}
    metrics = {**content["metrics"], "temperature": {"seconds": found.seconds, "distance": shown}}
    card_file.write_card(path.parent, {**content, "controls": controls, "metrics": metrics})
