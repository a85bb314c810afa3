"""The sound classifier of the evaluation: a small CNN on log-mel spectrograms of recordings.

It is trained on recordings only, shares nothing with the generator and is never shipped: its
accuracy on generated sounds measures whether they are recognised as their class.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from starling.models.dsp.signal import Array
from starling.models.oneshot.network import mel_matrix

N_FFT = 1024
HOP = 441  # 10 ms at 44.1 kHz
MELS = 64
FRAMES = 96  # 0.96 s: attack and most of the decay of a drum
EMBEDDING = 64
EPOCHS = 30  # about 15 s on one core
BATCH = 32


def log_mel_spectrograms(signals: Sequence[Array], sample_rate: int) -> Tensor:
    """Log-mel spectrograms (N, 1, MELS, FRAMES), -1..1: the upper 60 dB of each sound.

    Its own definition, as the classifier shares nothing with what it measures: 10 ms hops, and each
    sound relative to its loudest cell, so that level does not count.
    """
    window = torch.hann_window(N_FFT)
    mel = mel_matrix(N_FFT // 2 + 1, MELS, sample_rate)
    length = HOP * (FRAMES - 1)
    rows = []
    for signal in signals:
        cut = np.pad(signal[:length], (0, max(0, length - len(signal))))
        spectrum = torch.stft(torch.from_numpy(cut), N_FFT, HOP, window=window, return_complex=True)
        level = torch.log10(spectrum.abs().square().T @ mel + 1e-9).T
        rows.append(((level - level.max()) / 3 + 1).clamp(min=-1))  # 60 dB of range
    return torch.stack(rows)[:, None]


class SoundClassifier(nn.Module):
    """Four strided convolutions, an embedding, class scores."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        sizes = [1, 16, 32, 48, 64]
        layers: list[nn.Module] = []
        for before, after in itertools.pairwise(sizes):
            layers += [nn.Conv2d(before, after, 3, 2, 1), nn.BatchNorm2d(after), nn.ReLU()]
        self.convolutions = nn.Sequential(*layers)
        self.embed = nn.Linear(64 * (MELS // 16), EMBEDDING)
        self.score = nn.Linear(EMBEDDING, classes)

    def embedding(self, spectrograms: Tensor) -> Tensor:
        """(N, EMBEDDING) from (N, 1, MELS, FRAMES)."""
        hidden: Tensor = self.convolutions(spectrograms)
        pooled = hidden.mean(dim=3).flatten(1)
        return functional.relu(self.embed(pooled))

    def forward(self, spectrograms: Tensor) -> Tensor:
        """Class scores (N, classes)."""
        scores: Tensor = self.score(
            functional.dropout(self.embedding(spectrograms), 0.3, self.training)
        )
        return scores


def train_classifier(
    spectrograms: Tensor, labels: NDArray[np.int64], classes: int, *, seed: int = 0
) -> SoundClassifier:
    """Fit on real sounds; classes weigh by the inverse root of their size. Some 15 seconds."""
    torch.manual_seed(seed)
    network = SoundClassifier(classes)
    length = torch.from_numpy(labels)
    sizes = torch.bincount(length, minlength=classes).clamp(min=1).float()
    weight = (sizes.mean() / sizes).sqrt()
    optimizer = torch.optim.AdamW(network.parameters(), 2e-3, weight_decay=0.05)
    steps = EPOCHS * (len(labels) // BATCH + 1)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=steps)
    for _ in range(EPOCHS):
        for chosen in torch.split(torch.randperm(len(labels)), BATCH):
            if len(chosen) < 2:
                continue  # batch norm needs two
            varied = _vary(spectrograms[chosen])
            loss = functional.cross_entropy(
                network(varied), length[chosen], weight=weight, label_smoothing=0.05
            )
            optimizer.zero_grad()
            torch.autograd.backward(loss)
            optimizer.step()
            schedule.step()
    return network.eval()


def _vary(spectrograms: Tensor) -> Tensor:
    """Augment: shift by a mel band or two, tilt, add some noise, so that no kit is memorised."""
    shift = int(torch.randint(-2, 3, ()))
    moved = torch.roll(spectrograms, shift, dims=2)
    tilt = torch.linspace(-1, 1, MELS)[None, None, :, None] * torch.randn(len(moved), 1, 1, 1) * 0.1
    return (moved + tilt + 0.05 * torch.randn_like(moved)).clamp(min=-1)


@torch.no_grad()
def classify(
    network: SoundClassifier, spectrograms: Tensor
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Predicted class (N,) and embedding (N, EMBEDDING)."""
    embedded = network.embedding(spectrograms)
    return network.score(embedded).argmax(dim=1).numpy(), embedded.numpy()
