"""Networks of random weights that say something: for the tests of whatever generates."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from starling.models.samplernn.network import Config, SampleRNN, folded
from starling.models.samplernn.torch_voices import TorchVoices, load

Arrays = dict[str, NDArray[np.float32]]
BLUNTER = 0.1  # than what is expected: so that it is not always silence
SHARPER = 3.0  # than random logits: so that levels differ in how likely they are


def weights(config: Config, seed: int = 0) -> Arrays:
    """The folded weights of a network drawn at random; its initial states differ from zero."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = SampleRNN(config)
        with torch.no_grad():
            for name, value in network.named_parameters():
                if name.endswith("initial"):
                    value.uniform_(-0.5, 0.5)
    found = {name: value.numpy().copy() for name, value in folded(network).items()}
    found["mlp.output.weight"] *= SHARPER
    if config.prediction:
        found["mlp.expected.rates"] *= BLUNTER
    return found


def learned(config: Config, arrays: Arrays) -> list[NDArray[np.float32]]:
    """The initial states (S, L, D) of each tier."""
    return [arrays[f"tiers.{at}.initial"] for at in range(len(config.frame_sizes))]


def reference(config: Config, arrays: Arrays, count: int = 1) -> TorchVoices:
    """The same network on PyTorch."""
    return TorchVoices(load(replace(config, weight_norm=False), arrays), count)
