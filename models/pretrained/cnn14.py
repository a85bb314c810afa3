"""CNN14 of PANNs (Kong et al., arXiv 1912.10211): a sound to 2,048 numbers, with published weights.

The network after the paper's Table 2, its tensors named as in the published
`Cnn14_mAP=0.431.pth` (panns_inference 0.1.1), which is read as it is. No weights are shipped.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from starling.models.pretrained import weights
from starling.models.pretrained.mel import SlaneyMel

CHANNELS = (1, 64, 128, 256, 512, 1024, 2048)
SIZE = 2_048
UNUSED = {  # of the 32 kHz model: its front end, which is computed here, and its 527 classes
    "spectrogram_extractor.stft.conv_real.weight": (513, 1, 1024),
    "spectrogram_extractor.stft.conv_imag.weight": (513, 1, 1024),
    "logmel_extractor.melW": (513, 64),
    "fc_audioset.weight": (527, SIZE),
    "fc_audioset.bias": (527,),
}


class ConvPair(nn.Module):
    """Two 3x3 convolutions with batch norm and ReLU, then the mean of `pool` x `pool`."""

    def __init__(self, inputs: int, outputs: int, pool: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.pool = pool

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs, steps, bands) to (B, outputs, steps / pool, bands / pool)."""
        x = functional.relu(self.bn1(self.conv1(x)))
        x = functional.relu(self.bn2(self.conv2(x)))
        return functional.avg_pool2d(x, self.pool)


class Cnn14(nn.Module):
    """Signals (B, frames) at 32 kHz, 0.31 s or more, to (B, 2048): the layer before the classes."""

    size = SIZE

    def __init__(self) -> None:
        super().__init__()
        self.front = SlaneyMel()
        self.bn0 = nn.BatchNorm2d(self.front.BANDS)
        for index, (inputs, outputs) in enumerate(pairwise(CHANNELS), 1):
            pool = 1 if outputs == CHANNELS[-1] else 2
            self.add_module(f"conv_block{index}", ConvPair(inputs, outputs, pool))
        self.fc1 = nn.Linear(CHANNELS[-1], SIZE)

    def forward(self, signal: Tensor) -> Tensor:
        """Embeddings (B, 2048), not negative."""
        x = self.bn0(self.front(signal)[..., None])  # (B, 64, T, 1): each band has its own norm
        x = x.permute(0, 3, 2, 1)  # (B, 1, T, 64)
        for index in range(1, len(CHANNELS)):
            x = self.get_submodule(f"conv_block{index}")(x)
        x = x.mean(dim=3)  # (B, 2048, T / 32)
        return functional.relu(self.fc1(x.amax(dim=2) + x.mean(dim=2)))


def load(path: Path) -> Cnn14:
    """The network with the weights of a file. Raises ParseError for any other file."""
    return of(weights.read(path))


def of(state: dict[str, torch.Tensor]) -> Cnn14:
    """The network with the weights of a state dict. Raises ParseError for another model's."""
    return weights.filled(Cnn14, state, "CNN14 of PANNs (32 kHz)", UNUSED)
