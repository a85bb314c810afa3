"""The compared models by kind: sizes, networks, batches, rates. Trainer and loader read this.

lstm, vae    as NES-Music-Maker has them, full or reduced to P1
transformer  a plain one over LakhNES's events, at sizes of ours
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from starling.models.composer.baselines import batches, event_transformer, frame_lstm, measure_vae
from starling.models.composer.baselines.batches import Events, Pieces, Streams, Window
from starling.models.composer.songs import Songs
from starling.models.errors import InputError, ParseError
from starling.models.training import schedule

WARMUP = 100  # steps of the transformer


class Batches(Protocol):
    """What a step gets: a function of its number."""

    epoch: int  # steps of one pass

    def draw(self, step: int) -> Window:
        """The window of a step."""
        ...


@dataclass(frozen=True, slots=True)
class Kind:
    """One compared model. `level` is the rate's, by step, used share of the budget and epoch."""

    card: str  # its kind in a card
    title: str
    network: Callable[[Any], Any]  # forward(tokens, state) -> (loss, state), .constrain()
    config: Callable[..., Any]
    sizes: tuple[str, ...]  # the fields that width, batch and window set
    reduced: Any  # the configuration of P1 alone, None where there is no such model
    batches: Callable[[Songs, Any, int], Batches]
    rate: float
    level: Callable[[int, float, int], float]
    clip: float = 0.0  # of the gradient's norm; 0: not
    limits: tuple[str, ...] = ()


def _streams(songs: Songs, config: frame_lstm.Config, seed: int) -> Batches:
    """Windows of frames."""
    return Streams(songs, config.voices, config.batch, config.window, seed)


def pieces_of(songs: Songs, config: measure_vae.Config) -> NDArray[np.uint8]:
    """Classes (n, voices, measures, frames) that a VAE of this configuration can take."""
    return batches.measures(songs, config.voices, config.measures, config.frames)


def _pieces(songs: Songs, config: measure_vae.Config, seed: int) -> Batches:
    """Pieces of measures."""
    return Pieces(pieces_of(songs, config), config.batch, seed)


def _events(songs: Songs, config: event_transformer.Config, seed: int) -> Batches:
    """Rows of events."""
    return Events(songs, config.batch, config.context, seed)


KINDS = {
    "lstm": Kind(
        "frame_lstm",
        "Frame LSTM (baseline)",
        frame_lstm.FrameLstm,
        frame_lstm.Config,
        ("hidden", "batch", "window"),
        frame_lstm.REDUCED,
        _streams,
        1e-3,  # of its README; its script's 0.01 was for an optimiser without memory
        lambda step, done, epoch: 0.93 ** (step // 100),  # an epoch was 100 steps
        limits=("A published model for comparison: its voices do not know of each other's notes.",),
    ),
    "vae": Kind(
        "measure_vae",
        "Measure VAE (baseline)",
        measure_vae.MeasureVae,
        measure_vae.Config,
        ("hidden", "batch", ""),
        measure_vae.REDUCED,
        _pieces,
        1e-3,
        lambda step, done, epoch: 0.998 ** (step // epoch),
        limits=("A published model for comparison: pieces of 32 s, which continue nothing.",),
    ),
    "transformer": Kind(
        "event_transformer",
        "Event transformer (baseline)",
        event_transformer.EventTransformer,
        event_transformer.Config,
        ("width", "batch", "context"),
        None,
        _events,
        1e-3,
        lambda step, done, epoch: schedule.warmed(1.0, step, WARMUP, schedule.cosine(done, 0.05)),
        clip=1.0,
        limits=("For comparison: it copies nothing, so what it writes does not come back.",),
    ),
}
CARDS = {known.card: name for name, known in KINDS.items()}


def config_of(
    kind: str, *, reduced: bool = False, width: int = 0, batch: int = 0, window: int = 0
) -> Any:
    """A configuration with some sizes other than usual; 0 leaves them.

    `width` is that of the largest layer. Raises InputError for a kind or a size that there is not.
    """
    if kind not in KINDS:
        raise InputError(f"kind must be one of {', '.join(KINDS)}, got {kind!r}")
    known = KINDS[kind]
    if reduced and known.reduced is None:
        raise InputError(f"reduced is for lstm and vae; the {kind} writes all four voices")
    found = known.reduced if reduced else known.config()
    for name, field, value in zip(
        ("width", "batch", "window"), known.sizes, (width, batch, window), strict=True
    ):
        if value and not field:
            raise InputError(f"{name} of {kind} is published, it must be 0, got {value}")
        if value and name == "width" and kind == "vae":
            widths = tuple(max(1, each * value // found.hidden) for each in found.widths)
            found = replace(found, widths=widths)
        found = replace(found, **{field: value}) if value else found
    return found


def config_from(kind: str, entry: dict[str, Any]) -> Any:
    """Rebuild a configuration from a card. Raises ParseError."""
    listed = {name: tuple(value) for name, value in entry.items() if isinstance(value, list)}
    try:
        return KINDS[kind].config(**(entry | listed))
    except TypeError as error:
        raise ParseError(f"the card's configuration of a {kind} is not of this version") from error
