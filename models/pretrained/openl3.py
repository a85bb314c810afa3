"""OpenL3 (Cramer et al., ICASSP 2019): a second of sound to 512 numbers, with published weights.

The audio network for music and 256 mel bands, its tensors named as in torchopenl3 1.0.1, whose
`torchopenl3_mel256_music_512.pth.tar` is read as it is. No weights are shipped.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from starling.models.pretrained import weights
from starling.models.pretrained.mel import DecibelMel

CHANNELS = (1, 64, 64, 128, 128, 256, 256, 512)  # of conv2d_1 to conv2d_7
POOLED = (2, 4, 6)  # the convolutions after which neighbours are merged
SIZE = 512
EPSILON = 1e-3  # Keras' batch norm, where the weights come from
WHOLE = DecibelMel.RATE  # samples of one window, the input of the network
UNUSED = {  # the front end, which is computed here
    "speclayer.dft_real_kernels": (1025, 1, 2048),
    "speclayer.dft_imag_kernels": (1025, 1, 2048),
    "speclayer.mel_basis": (256, 1025),
}


class OpenL3(nn.Module):
    """Signals (B, 48000) at 48 kHz to (B, 512).

    Two windows are embedded, one centred on the beginning and the sound itself (steps of 0.5 s); of
    each number the larger one counts.
    """

    size = SIZE

    def __init__(self) -> None:
        super().__init__()
        self.front = DecibelMel()
        for index, channels in enumerate(CHANNELS, 1):
            norm = nn.BatchNorm2d(channels, eps=EPSILON)
            self.add_module(f"batch_normalization_{index}", norm)
        for index, (inputs, outputs) in enumerate(pairwise(CHANNELS), 1):
            self.add_module(f"conv2d_{index}", nn.Conv2d(inputs, outputs, 3, padding=1))
        self.audio_embedding_layer = nn.Conv2d(CHANNELS[-1], SIZE, 3, padding=1)

    def forward(self, signal: Tensor) -> Tensor:
        """Embeddings (B, 512)."""
        windows = functional.pad(signal, (WHOLE // 2, 0)).unfold(1, WHOLE, WHOLE // 2)  # (B, 2, N)
        found = self.window(windows.flatten(0, 1))  # (2 B, 512)
        return found.reshape(len(signal), -1, SIZE).amax(dim=1)

    def window(self, signal: Tensor) -> Tensor:
        """Embeddings (B, 512) of one window each, (B, 48000)."""
        x = self.get_submodule("batch_normalization_1")(
            self.front(signal)[:, None]
        )  # (B, 1, 256, 199)
        for index in range(1, len(CHANNELS)):
            x = self.get_submodule(f"conv2d_{index}")(x)
            x = functional.relu(self.get_submodule(f"batch_normalization_{index + 1}")(x))
            if index in POOLED:
                x = functional.max_pool2d(x, 2)
        found: Tensor = self.audio_embedding_layer(x)  # (B, 512, 32, 24)
        return found.amax(dim=(2, 3))


def load(path: Path) -> OpenL3:
    """The network with the weights of a file. Raises ParseError for any other file."""
    return of(weights.read(path))


def of(state: dict[str, torch.Tensor]) -> OpenL3:
    """The network with the weights of a state dict. Raises ParseError for another model's."""
    return weights.filled(OpenL3, state, "OpenL3 (mel256)", UNUSED)
