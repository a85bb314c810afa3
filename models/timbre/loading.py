"""Artifacts in torch again: a timbre network to go on from, a network of families to learn from."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import torch

from starling.models.artifacts import card_file
from starling.models.errors import ParseError
from starling.models.timbre import numpy_forward
from starling.models.timbre.families import forward
from starling.models.timbre.families import network as families
from starling.models.timbre.families.network import Families
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


def families_network(card_path: Path, timbre: Timbre, digest: str) -> tuple[Families, str]:
    """The network of families of a card, in torch, and the hash of its weights.

    `timbre` is the network whose first blocks it shares, with the hash of its weights. Raises as
    `card_file.read_card`, ParseError for a card of another kind or of another timbre network.
    """
    card = card_file.read_card(card_path)
    if card["kind"] != forward.KIND or card["timbre"] != digest:
        raise ParseError(f"{card_path.name} is of no network of families that goes with this one")
    network = Families(copy.deepcopy(timbre), families.Config(**card["config"]))
    arrays = card_file.read_arrays(card, card_path.parent)
    state = {
        name: torch.from_numpy(np.asarray(value, np.float32))
        for name, value in arrays.items()
        if not name.startswith("words.")
    }
    network.load_state_dict(state, strict=False)  # without the shared blocks
    return network.eval(), str(card["sha256"])
