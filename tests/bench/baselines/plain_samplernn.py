"""SampleRNN's published way to generate, in plain PyTorch: what the kernel is measured against.

As in the PyTorch port: weight norm is kept and computed anew whenever a layer is used, every sample
embeds the last 16 and runs the convolution over them, levels are drawn from a log-softmax.
"""

from __future__ import annotations

import math
import time

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.parametrizations import weight_norm

LEVELS = 256
SILENCE = 128


class Tier(nn.Module):
    """Frames through a convolution, a GRU and a transposed convolution."""

    def __init__(self, frame: int, ratio: int, dim: int, layers: int) -> None:
        super().__init__()
        self.frame, self.ratio = frame, ratio
        self.expand = weight_norm(nn.Conv1d(frame, dim, 1))
        self.rnn = nn.GRU(dim, dim, layers, batch_first=True)
        self.upsample = weight_norm(nn.ConvTranspose1d(dim, dim, ratio, stride=ratio, bias=False))
        self.bias = nn.Parameter(torch.zeros(dim, ratio))
        self.initial = nn.Parameter(torch.zeros(layers, 1, dim))

    def forward(self, frame: Tensor, above: Tensor | None, state: Tensor) -> tuple[Tensor, Tensor]:
        """One frame (B, 1, frame); what goes down (B, ratio, dim) and the state."""
        x = self.expand(frame.transpose(1, 2)).transpose(1, 2)
        if above is not None:
            x = x + above
        out, state = self.rnn(x, state)
        return (self.upsample(out.transpose(1, 2)) + self.bias).transpose(1, 2), state


class SampleMLP(nn.Module):
    """Embedding, convolution over the last samples, two more layers."""

    def __init__(self, frame: int, dim: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(LEVELS, LEVELS)
        self.input = weight_norm(nn.Conv1d(LEVELS, dim, frame, bias=False))
        self.hidden = weight_norm(nn.Conv1d(dim, dim, 1))
        self.output = weight_norm(nn.Conv1d(dim, LEVELS, 1))

    def forward(self, levels: Tensor, above: Tensor) -> Tensor:
        """Levels (B, frame), what comes from above (B, 1, dim): log-probabilities (B, 256)."""
        x = self.input(self.embedding(levels).transpose(1, 2)) + above.transpose(1, 2)
        x = self.output(functional.relu(self.hidden(functional.relu(x))))
        return functional.log_softmax(x[:, :, 0], 1)


class PlainSampleRNN(nn.Module):
    """Random weights: only its time is of interest."""

    def __init__(self, dim: int, layers: int = 2, frame_sizes: tuple[int, ...] = (16, 4)) -> None:
        super().__init__()
        sizes = [math.prod(frame_sizes[: at + 1]) for at in range(len(frame_sizes))]
        pairs = list(zip(sizes, frame_sizes, strict=True))
        self.tiers = nn.ModuleList(Tier(frame, ratio, dim, layers) for frame, ratio in pairs)
        self.mlp = SampleMLP(frame_sizes[0], dim)

    @torch.no_grad()
    def samples_per_s(self, seconds: float) -> float:
        """One voice, for so many seconds of this thread's processor time; whole frames."""
        longest = self.tiers[-1].frame
        history = torch.full((1, longest), SILENCE)
        states = [tier.initial for tier in self.tiers]
        down = [torch.empty(0)] * len(self.tiers)
        made, began = 0, time.thread_time()
        while made % longest or time.thread_time() - began < seconds:
            for at in reversed(range(len(self.tiers))):
                self._step(at, made, history, states, down)
            smallest = self.tiers[0].frame
            place = made % smallest
            chances = self.mlp(history[:, -smallest:], down[0][:, place : place + 1]).exp()
            history = torch.cat([history[:, 1:], chances.multinomial(1)], 1)
            made += 1
        return made / (time.thread_time() - began)

    def _step(
        self, at: int, made: int, history: Tensor, states: list[Tensor], down: list[Tensor]
    ) -> None:
        """Step a tier whose frame begins at this sample."""
        tier = self.tiers[at]
        if made % tier.frame:
            return
        above = None
        if at + 1 < len(self.tiers):
            place = made // tier.frame % self.tiers[at + 1].ratio
            above = down[at + 1][:, place : place + 1]
        frame = 2 * (history[:, None, -tier.frame :] / SILENCE - 1)
        down[at], states[at] = tier(frame, above, states[at])
