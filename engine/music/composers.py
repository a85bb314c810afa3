"""The composers of a catalogue: their cards, and the networks behind them, which stay loaded."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from starling.engine.music.chip_controls import played
from starling.engine.sounds.loaded_models import TORCH_THREADS
from starling.models.errors import InputError

if TYPE_CHECKING:  # what lists composers must not wait for torch
    from starling.models.artifacts.catalogue import ModelCard
    from starling.models.composer.network import Composer

Loader = Callable[["ModelCard"], "Composer"]


def load_quietly(card: ModelCard) -> Composer:
    """Load a composer, with torch kept to TORCH_THREADS cores."""
    import torch

    from starling.models.composer.generator import load

    torch.set_num_threads(TORCH_THREADS)
    return load(card)


class Composers:
    """Composers by name, each loaded at its first use. Safe from any thread."""

    def __init__(self, cards: Mapping[str, ModelCard], load: Loader = load_quietly) -> None:
        self._load = load
        self._lock = threading.Lock()  # one model loads at a time
        self._loaded: dict[str, tuple[ModelCard, Composer]] = {}  # with the card it was made by
        self.cards: dict[str, ModelCard] = {}
        self.renew(cards)

    def renew(self, cards: Mapping[str, ModelCard]) -> None:
        """Take over a catalogue that was read again; changed models are loaded anew."""
        self.cards = {name: played(card) for name, card in cards.items()}

    def card(self, model: str) -> ModelCard:
        """A composer's card, with the chip's controls; raises InputError (`unknown_model`)."""
        if model not in self.cards:
            known = ", ".join(self.cards) or "none; `starling train nes` makes one"
            raise InputError(f"no composer {model!r}; there are: {known}", code="unknown_model")
        return self.cards[model]

    def network(self, model: str) -> Composer:
        """The loaded network; raises InputError, MissingError or ParseError."""
        card = self.card(model)
        with self._lock:
            held = self._loaded.get(model)
            if held is None or held[0] != card:
                held = self._loaded[model] = (card, self._load(card))
        return held[1]
