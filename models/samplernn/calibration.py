"""How much of int8 each column of a matrix gets, from what the network is given in real sound.

A matrix's weights are rounded row by row, and what it is multiplied by as a whole; a column that is
much larger than the others would leave them few steps. So part of its size goes over to the weights
(Xiao et al., "SmoothQuant", arXiv 2211.10438): x / s times W s is the same product.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from starling.models.samplernn import prediction
from starling.models.samplernn.kernel import (
    Floats,
    KernelNetwork,
    KernelVoices,
    Tensors,
    parts,
    tensor,
)

if TYPE_CHECKING:
    from starling.models.samplernn.network import Config

Labels = Sequence[int] | NDArray[np.int64]  # (sequences,)

BALANCE = 0.5  # of a column's size that goes over to the weights
LEAST = 1e-3  # of the largest column: what was never heard is not scaled up without limit


def scales(
    config: Config, tensors: Tensors, levels: NDArray[np.uint8], labels: Labels = ()
) -> dict[str, Floats]:
    """The scale of each column (columns,) of each matrix that int8 rounds, by the matrix's name.

    `levels` (sequences, samples) are real sound of these labels, each from the learned initial
    state. Raises InputError and MissingError as `KernelNetwork`.
    """
    voices = KernelNetwork(config, tensors, "float32").voices(len(levels))
    voices.watch()
    listen(voices, config, tensors, levels, labels)
    found = {}
    for part in parts(config):
        if part.rounded:
            weights = np.abs(tensor(tensors, part.name)).max(0)
            found[part.name] = balanced(voices.watched(part, len(weights)), weights)
    return found


def balanced(given: Floats, weights: Floats) -> Floats:
    """Scales (columns,) from the largest magnitudes of what is given and of the weights."""
    given = np.maximum(given, LEAST * max(given.max(), LEAST))
    weights = np.maximum(weights, LEAST * max(weights.max(), LEAST))
    scale = given**BALANCE / weights ** (1 - BALANCE)
    return np.asarray(scale / np.sqrt(scale.min() * scale.max()), np.float32)


def bits_per_sample(
    network: KernelNetwork,
    tensors: Tensors,
    levels: NDArray[np.uint8],
    labels: Labels = (),
) -> float:
    """Mean cost of levels (sequences, samples) under a network, bits: what int8 is judged by.

    With prediction only those after a full window count, as takes begin after one.
    """
    voices = network.voices(len(levels))
    found = listen(voices, network.config, tensors, levels, labels)
    first = prediction.counted_from(network.config.prediction, levels.shape[1])
    return float(found[:, first:].mean())


def listen(
    voices: KernelVoices,
    config: Config,
    tensors: Tensors,
    levels: NDArray[np.uint8],
    labels: Labels = (),
) -> Floats:
    """Run sound through a slot a sequence, from the learned state: bits (sequences, samples).

    Each is of its label, of the first where none are given.
    """
    learned = [tensor(tensors, f"tiers.{at}.initial") for at in range(len(config.frame_sizes))]
    count = len(config.labels)
    for slot in range(len(levels)):
        label = labels[slot] if len(labels) else 0
        mix = [float(each == label) for each in range(count)]
        voices.start(slot, 0, learned, mix)
    return voices.bits(range(len(levels)), levels)
