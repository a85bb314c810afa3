"""How well models know songs, each in the same units: nats of a frame, an event, a LakhNES event.

A model that gives every song a probability has a figure in each unit: the same nats over another
count. LakhNES's own perplexities are of songs at 44.1 kHz; ours are of the same songs at 24 Hz.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from starling.models.artifacts.catalogue import ModelCard
from starling.models.composer import batches, counts, evaluate, generator
from starling.models.composer.baselines import evaluate as others
from starling.models.composer.baselines import generator as compared
from starling.models.composer.baselines import ngrams, tx1
from starling.models.composer.baselines.kinds import CARDS
from starling.models.composer.batches import Prepared
from starling.models.composer.context import steps
from starling.models.composer.data import Material
from starling.models.composer.network import Composer
from starling.models.composer.sampling import Draw
from starling.models.composer.songs import VOICES, Songs
from starling.models.composer.statistics import Writer

Named = dict[str, float]
LAKHNES = "perplexity_per_lakhnes_event"
ORDERS = (5, 9)  # of the n-grams: LakhNES's, and the longest
PUBLISHED = {"LakhNES": 2.460, "Transformer-XL": 3.501}  # per event of its test split, at 44.1 kHz


@dataclass(frozen=True, slots=True)
class Units:
    """What the nats of songs are divided by."""

    frames: int
    events: int  # waits above 0, and changes, at 24 Hz
    lakhnes_events: int  # as LakhNES counts: 0 for songs that it leaves out

    @classmethod
    def of(cls, songs: Songs) -> Units:
        """Those of songs. Raises InputError for a song without frames."""
        events = evaluate.events(batches.targets(steps.of_songs(songs)))
        return cls(len(songs.frames), events, tx1.event_count(songs))

    def named(self, figures: Named) -> Named:
        """Figures of a model with those of events beside; none for a model of fewer voices.

        A transformer's own perplexity per LakhNES event stays. The others' holds, beside LakhNES's
        events, the waits before and after a song, and songs that are too short for it.
        """
        if "nats_per_frame" not in figures:
            return figures
        nats = figures["nats_per_frame"] * self.frames
        found = {"nats_per_event": nats / self.events}
        found["perplexity_per_event"] = math.exp(found["nats_per_event"])
        if self.lakhnes_events:
            found[LAKHNES] = math.exp(nats / self.lakhnes_events)
        return found | figures


def load(card: ModelCard) -> Any:
    """The network behind a card of any kind that writes music. Raises as the loaders do."""
    return compared.load(card) if card.kind in CARDS else generator.load(card)


def writer(card: ModelCard, network: Any) -> Writer:
    """What goes on from a beginning, as its card's controls have it."""
    if card.kind == generator.KIND:
        usual = {each.name: float(each.default) for each in card.controls}
        draw = Draw(usual["temperature"], usual["top_p"])
        return generator.continuing(network, draw, usual["repetition"], usual.get("density", 1.0))
    return compared.writer(network)


def of_model(
    name: str,
    network: Any,
    songs: Songs,
    prepared: Prepared | None,
    memories: Sequence[int] = (),
    without_repeats: bool = False,
) -> Iterator[tuple[str, Named]]:
    """The rows of a model: its figures, and those of a composer that forgets or sees no repeats.

    `prepared` are the songs with their hints, which composers need.
    """
    if not isinstance(network, Composer) or prepared is None:
        yield name, others.measure(network, songs).named()
        return
    yield name, evaluate.measure(network, prepared).named()
    for memory in memories:
        forgetting = evaluate.measure(network, prepared, memory=memory)
        yield f"{name}, memory of {memory}", forgetting.named()
    if without_repeats:
        blind = evaluate.measure(network, evaluate.without_repeats(prepared))
        yield f"{name}, without repeats", blind.named()


def counted(material: Material, songs: Songs, prepared: Prepared) -> Iterator[tuple[str, Named]]:
    """The rows of what needs no network; the weights of the count model are fitted on held-out."""
    for name, figures in others.counted(material.training, songs).items():
        yield name, figures.named()
    for order in ORDERS:
        nats = ngrams.witten_bell(material.training, songs, order).sum(axis=0)
        each = dict(zip(VOICES, nats.tolist(), strict=True))
        yield f"{order}-gram", others.Figures(each, len(songs.frames)).named()
    known = batches.prepare(material.training)
    model = counts.fit(known, batches.prepare(material.validation))
    yield "counts", counts.measure(model, prepared).named()
