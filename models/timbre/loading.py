"""A timbre network's artifact in torch again: to go on from, or to share its first blocks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch

from starling.models.artifacts import card_file
from starling.models.errors import ParseError
from starling.models.timbre import numpy_forward
from starling.models.timbre.network import Config, Timbre


def timbre_network(card_path: Path) -> tuple[Timbre, str]:
    """The timbre network of a card, in torch, and the hash of its weights.

    Raises as `card_file.read_card`, ParseError for a card of another kind.
    """
    card = card_file.read_card(card_path)
    if card["kind"] != numpy_forward.KIND:
        raise ParseError(f"{card_path.name} is of kind {card['kind']!r}, not timbre")
    arrays = card_file.read_arrays(card, card_path.parent)
    shape: dict[str, Any] = dict(card["config"])
    shape["channels"] = tuple(shape["channels"])
    shape.setdefault("floor", numpy_forward.NO_FLOOR)
    shape["strides"] = tuple(map(tuple, shape["strides"]))
    network = Timbre(Config(**shape))
    state = {
        name: torch.from_numpy(np.asarray(value, np.float32)) for name, value in arrays.items()
    }
    network.load_state_dict(state, strict=False)  # without the counts of batches
    return network.eval(), str(card["sha256"])
