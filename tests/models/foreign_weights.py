"""Weights and a sound by a formula, for networks whose true weights cannot be had here.

The same numbers on every machine and without a random generator, so that what a model's authors'
code answers to them can be kept as golden numbers.
"""

import zlib
from collections.abc import Mapping

import numpy as np
import torch

BLOCK = 1_000_003  # a prime: where larger tensors repeat it, nothing falls together


def noise(count: int, seed: int) -> np.ndarray:
    """Numbers of -1..1, float32 (SplitMix64)."""
    x = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(seed)
    x ^= x >> np.uint64(30)
    x *= np.uint64(0xBF58476D1CE4E5B9)
    x ^= x >> np.uint64(27)
    x *= np.uint64(0x94D049BB133111EB)
    x ^= x >> np.uint64(31)
    return ((x >> np.uint64(40)).astype(np.float64) / 2**23 - 1).astype(np.float32)


def tensor(name: str, shape: tuple[int, ...]) -> torch.Tensor:
    """What a tensor of this name and shape holds: scaled as for ReLU, norms near 1."""
    if name.endswith("num_batches_tracked"):
        return torch.tensor(1000)
    count = int(np.prod(shape))
    values = np.resize(noise(min(count, BLOCK), zlib.crc32(name.encode())), count).reshape(shape)
    if name.endswith("running_var"):
        values = 1 + values / 2
    elif len(shape) < 2:
        values = values / 10 + (1 if name.endswith("weight") else 0)
    else:
        values = values * np.float32(np.sqrt(6 / (count / shape[0])))
    return torch.tensor(values)


def filled(state: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """A state dict of the same names and shapes."""
    return {name: tensor(name, tuple(each.shape)) for name, each in state.items()}


def sound(rate: int) -> np.ndarray:
    """A second of a falling tone of 220 Hz with a noisy attack, RMS .1."""
    time = np.arange(rate) / rate
    tone = sum(np.sin(2 * np.pi * 220 * k * time) / k for k in range(1, 20)) * np.exp(-3 * time)
    tone = tone + noise(rate, 7) * np.exp(-30 * time)
    return np.asarray(tone * 0.1 / np.sqrt(np.mean(tone**2)), np.float32)
