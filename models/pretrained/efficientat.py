"""EfficientAT (Schmid et al., arXiv 2211.04772): a sound to 320 or more numbers, published weights.

A MobileNetV3 (arXiv 1905.02244, table 1) distilled from a transformer. The embedding is that of its
authors' entry for HEAR (`mn.._all_b_mel_avgs`): means of the log-mel and of the blocks 5, 11, 13
and 15 over windows of 160 ms every 50 ms, and of those over time. Tensors are named as in the
published `mn04_as_mAP_432.pt`, `mn20_as_mAP_478.pt` and the like, which are read as they are.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from starling.models.errors import ParseError
from starling.models.pretrained import weights
from starling.models.pretrained.mel import KaldiMel

BLOCKS = (  # kernel, expanded, outputs, squeeze-and-excitation, hard swish (else ReLU), stride
    (3, 16, 16, False, False, 1),
    (3, 64, 24, False, False, 2),
    (3, 72, 24, False, False, 1),
    (5, 72, 40, True, False, 2),
    (5, 120, 40, True, False, 1),
    (5, 120, 40, True, False, 1),
    (3, 240, 80, False, True, 2),
    (3, 200, 80, False, True, 1),
    (3, 184, 80, False, True, 1),
    (3, 184, 80, False, True, 1),
    (3, 480, 112, True, True, 1),
    (3, 672, 112, True, True, 1),
    (5, 672, 160, True, True, 2),
    (5, 960, 160, True, True, 1),
    (5, 960, 160, True, True, 1),
)
FIRST = 16  # channels of the first convolution
EMBEDDED_BLOCKS = (5, 11, 13, 15)  # the blocks, from 1, whose means are the embedding
WINDOW, HOP = 5_120, 1_600  # 160 ms and 50 ms at 32 kHz
MAX_WIDTH = 8.0  # published are 0.1 to 4
LAST = f"features.{len(BLOCKS)}.block.3.0.weight"  # its outputs say how wide a network is
UNUSED = {f"features.{len(BLOCKS) + 1}.": None, "classifier.": None}


def channels(count: float) -> int:
    """A multiple of 8 near a number of channels and not below 90 % of it (arXiv 1801.04381)."""
    near = max(8, int(count + 4) // 8 * 8)
    return near + 8 if near < 0.9 * count else near


def _layer(
    inputs: int,
    outputs: int,
    kernel: int,
    stride: int = 1,
    groups: int = 1,
    act: type | None = None,
) -> nn.Sequential:
    """Convolution, batch norm and activation."""
    conv = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(outputs, eps=1e-3), *([act()] if act else []))


class Squeeze(nn.Module):
    """Squeeze and excitation: channels weighted by their means (arXiv 1709.01507)."""

    def __init__(self, inputs: int) -> None:
        super().__init__()
        inner = nn.Module()
        inner.fc1 = nn.Linear(inputs, channels(inputs // 4))
        inner.fc2 = nn.Linear(channels(inputs // 4), inputs)
        self.conc_se_layers = nn.ModuleList([inner])  # published with room for more than one

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs, bands, steps) to the same."""
        first = self.get_submodule("conc_se_layers.0.fc1")
        second = self.get_submodule("conc_se_layers.0.fc2")
        weight = torch.sigmoid(second(functional.relu(first(x.mean(dim=(2, 3))))))  # (B, inputs)
        return x * weight[..., None, None]


class InvertedResidual(nn.Module):
    """Widen, filter each channel, weight, narrow (arXiv 1801.04381); residual if shapes agree."""

    def __init__(
        self,
        inputs: int,
        wide: int,
        outputs: int,
        kernel: int,
        squeeze: bool,
        swish: bool,
        stride: int,
    ) -> None:
        super().__init__()
        act = nn.Hardswish if swish else nn.ReLU
        self.block = nn.Sequential(
            *([_layer(inputs, wide, 1, act=act)] if wide != inputs else []),
            _layer(wide, wide, kernel, stride, groups=wide, act=act),
            *([Squeeze(wide)] if squeeze else []),
            _layer(wide, outputs, 1),
        )
        self.adds = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs, bands, steps) to (B, outputs, bands / stride, steps / stride)."""
        found: Tensor = self.block(x)
        return found + x if self.adds else found


class EfficientAT(nn.Module):
    """Signals (B, frames) at 32 kHz, longer than 80 ms, to (B, size); `width` 2.0 is mn20."""

    def __init__(self, width: float) -> None:
        super().__init__()
        self.front = KaldiMel()
        inputs = channels(FIRST * width)
        layers: list[nn.Module] = [_layer(1, inputs, 3, stride=2, act=nn.Hardswish)]
        for kernel, wide, outputs, squeeze, swish, stride in BLOCKS:
            last = channels(outputs * width)
            wider = channels(wide * width)
            layers.append(InvertedResidual(inputs, wider, last, kernel, squeeze, swish, stride))
            inputs = last
        self.features = nn.Sequential(*layers)
        means = (channels(BLOCKS[index - 1][2] * width) for index in EMBEDDED_BLOCKS)
        self.size = self.front.BANDS + sum(means)

    def forward(self, signal: Tensor) -> Tensor:
        """Embeddings (B, size)."""
        padded = functional.pad(signal[:, None], (WINDOW // 2, WINDOW // 2), mode="reflect")
        windows = padded[:, 0].unfold(1, WINDOW, HOP)  # (B, T, 5120)
        found = self.window(windows.flatten(0, 1))  # (B T, size)
        return found.reshape(len(signal), -1, self.size).mean(dim=1)

    def window(self, signal: Tensor) -> Tensor:
        """Embeddings (B, size) of one window each, (B, 5120)."""
        mel = self.front(signal)  # (B, 128, 16)
        found, x = [mel.mean(dim=2)], mel[:, None]
        for index, layer in enumerate(self.features):
            x = layer(x)  # (B, channels, bands, steps)
            if index in EMBEDDED_BLOCKS:
                found.append(x.mean(dim=(2, 3)))
        return torch.cat(found, dim=1)


def load(path: Path) -> EfficientAT:
    """The network, as wide as the weights of a file. Raises ParseError for any other file."""
    return of(weights.read(path))


def of(state: dict[str, torch.Tensor]) -> EfficientAT:
    """The network with the weights of a state dict. Raises ParseError for another model's."""
    width = weights.size(state, LAST, 0) / BLOCKS[-1][2]
    if not 0 < width <= MAX_WIDTH:
        raise ParseError(
            f"these are not the weights of EfficientAT's mn networks: {LAST} "
            f"{'is missing' if not width else 'is too large'}"
        )
    what = f"EfficientAT's mn{round(width * 10):02d}"
    return weights.filled(lambda: EfficientAT(width), state, what, UNUSED)
