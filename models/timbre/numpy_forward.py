"""The timbre network in numpy: a vector in 2 ms, without loading torch, which takes a second.

Batch norms are folded into the convolutions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from starling.models.artifacts import card_file
from starling.models.dsp.products import product
from starling.models.errors import ParseError

Array = NDArray[np.float32]
Dense = tuple[Array, Array]  # weight (outputs, inputs) and bias (outputs,)

KIND = "timbre"
VERSION = 1  # raise whenever the same weights give other vectors
NORM_EPSILON = 1e-5  # torch's, of batch norms
EPSILON = 1e-5  # under the root of the deviation over time, as in network.py
NO_FLOOR = -7.0  # of weights that were trained without one: that of log-mels
BATCH = 32  # sounds at a time: the first block's output fits into the cache


@dataclass(frozen=True, slots=True)
class Layer:
    """A convolution with its norm: `weight` (outputs, 3 * 3 * inputs), `bias` (outputs,)."""

    weight: Array
    bias: Array
    stride: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Forward:
    """The network as numbers; call it with log-mels (n, bands, steps)."""

    layers: tuple[Layer, ...]
    hidden: Dense
    head: Dense
    centre: float
    scale: float
    floor: float  # of log-mels
    weights_hash: str

    @property
    def size(self) -> int:
        """Numbers in a vector."""
        return len(self.head[1])

    def __call__(self, log_mels: Array) -> Array:
        """Unit vectors (n, size) of log-mels (n, bands, steps) at the standard level."""
        starts = range(0, len(log_mels), BATCH)
        parts = [self._embed(np.asarray(log_mels[at : at + BATCH], np.float32)) for at in starts]
        return np.concatenate([np.zeros((0, self.size), np.float32), *parts])

    def _embed(self, mels: Array) -> Array:
        """One batch: (n, bands, steps) to (n, size)."""
        return self.vectors(pooled(through(self.front(mels), self.layers)))

    def front(self, mels: Array) -> Array:
        """Log-mels (n, bands, steps) as the first block takes them, (n, bands, steps, 1)."""
        raised = np.maximum(mels, np.float32(self.floor))
        return ((raised - self.centre) / self.scale)[..., None].astype(np.float32)

    def vectors(self, described: Array) -> Array:
        """Unit vectors (n, size) of what was pooled (n, 3 channels * bands)."""
        return unit_vectors(described, self.hidden, self.head)


def through(x: Array, layers: Sequence[Layer]) -> Array:
    """Some blocks: (n, bands, T, inputs) to (n, bands / strides, T / strides, channels)."""
    for layer in layers:
        x = _convolved(x, layer)
    return x


def pooled(x: Array) -> Array:
    """Mean, maximum and deviation over time: (n, bands, T, channels) to (n, 3 channels * bands)."""
    x = x.transpose(0, 3, 1, 2).reshape(len(x), -1, x.shape[2])  # (n, channels * bands, T)
    deviation = np.sqrt(x.var(axis=2) + EPSILON)  # (n, channels * bands)
    return np.concatenate([x.mean(axis=2), x.max(axis=2), deviation], axis=1)


def unit_vectors(described: Array, hidden: Dense, head: Dense) -> Array:
    """Two layers with a ReLU between, at length 1: (n, inputs) to (n, size)."""
    vectors = _linear(np.maximum(_linear(described, *hidden), 0), *head)
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(length, 1e-12), np.float32)


def _convolved(x: Array, layer: Layer) -> Array:
    """A 3x3 convolution with padding 1 and its ReLU: (n, H, W, inputs) to (n, H', W', outputs)."""
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    high, wide = layer.stride
    patches = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(1, 2))
    patches = patches[:, ::high, ::wide].transpose(0, 1, 2, 4, 5, 3)  # (n, H', W', 3, 3, inputs)
    count, rows, columns = patches.shape[:3]
    flat = patches.reshape(count * rows * columns, -1)  # (places, 9 inputs)
    sums = product(flat, layer.weight) + layer.bias
    return np.asarray(np.maximum(sums, 0).reshape(count, rows, columns, -1), np.float32)


def _linear(x: Array, weight: Array, bias: Array) -> Array:
    """(n, inputs) to (n, outputs)."""
    return np.asarray(product(x, weight) + bias, np.float32)


def load(path: Path) -> Forward:
    """The network that a card describes.

    Raises MissingError (no card, no weights) and ParseError (of another kind, damaged, or weights
    that do not fit the card).
    """
    card = card_file.read_card(path)
    if card["kind"] != KIND:
        raise ParseError(f"{path.name} is a card of kind {card['kind']!r}, not {KIND!r}")
    tensors = card_file.read_arrays(card, path.parent)
    try:
        return fold(tensors, card["config"], card["sha256"])
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise ParseError(f"the weights of {card['name']} do not fit its configuration") from error


def fold(tensors: Mapping[str, NDArray[Any]], config: Mapping[str, Any], digest: str) -> Forward:
    """The network from its tensors by torch's names. Raises KeyError or ValueError."""
    t = {name: np.asarray(value, np.float32) for name, value in tensors.items()}
    strides = [(int(high), int(wide)) for high, wide in config["strides"]]
    layers = tuple(
        folded_layer(t, f"blocks.{number}", stride) for number, stride in enumerate(strides)
    )
    forward = Forward(
        layers,
        (t["hidden.weight"], t["hidden.bias"]),
        (t["head.weight"], t["head.bias"]),
        float(config["centre"]),
        float(config["scale"]),
        float(config.get("floor", NO_FLOOR)),
        digest,
    )
    forward(np.zeros((1, config["bands"], config["steps"]), np.float32))  # shapes fit, or it raises
    return forward


def folded_layer(t: Mapping[str, Array], name: str, stride: tuple[int, int]) -> Layer:
    """A block's convolution, multiplied by what its norm does."""
    gain = t[f"{name}.norm.weight"] / np.sqrt(t[f"{name}.norm.running_var"] + NORM_EPSILON)
    kernel = t[f"{name}.conv.weight"].transpose(0, 2, 3, 1)  # (outputs, 3, 3, inputs)
    weight = (kernel * gain[:, None, None, None]).reshape(len(kernel), -1)
    bias = t[f"{name}.norm.bias"] - t[f"{name}.norm.running_mean"] * gain
    return Layer(np.ascontiguousarray(weight), bias, stride)
