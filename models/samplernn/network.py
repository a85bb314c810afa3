"""SampleRNN: frame tiers, each a recurrent network, above a perceptron that names the next sample.

After Mehri et al., "SampleRNN" (arXiv 1612.07837), with the choices of its PyTorch port: tiers of
frames of 16 and 64 samples, learned initial state, weight norm. What else can be chosen makes it
smaller for the same sound: a narrow embedding, a thin perceptron, one upsampling matrix for all
positions of a frame. Shapes: B sequences, T samples, N frames, F samples a frame, D width, C
conditions, L layers, S tensors of a cell's state (GRU 1, LSTM 2).
"""

from __future__ import annotations

import itertools
import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils import parametrizations, parametrize

from starling.models.samplernn.parts.expected import Expected
from starling.models.samplernn.parts.levels import smooth_levels
from starling.models.samplernn.quantiser import LEVELS, SILENCE, Quantiser

Cell = Literal["gru", "lstm"]
FORGET_BIAS = 3.0  # of an LSTM, as published: it begins by remembering


@dataclass(frozen=True, slots=True)
class Config:
    """Shape of the network; the defaults are the published one's. Lowest tier first."""

    sample_rate: int = 16_000
    quantiser: Quantiser = "linear"
    frame_sizes: tuple[int, ...] = (16, 4)  # samples of the lowest tier; of others, frames below
    dim: int = 1024  # width of the frame tiers
    layers: int = 2  # recurrent, a tier
    cell: Cell = "gru"
    embedding: int = 256  # channels of a sample's embedding
    mlp: int = 1024  # width of the sample-level perceptron
    shared_upsampling: bool = False  # one matrix for all positions of a frame, and their biases
    weight_norm: bool = True
    emphasis: float = 0.0  # of high frequencies before the quantiser, 0..1; undone when it plays
    prediction: int = 0  # order of the linear prediction that it is given; 0: none, as published
    labels: tuple[str, ...] = ()  # conditions to choose and mix; none: unconditional

    @property
    def frames(self) -> tuple[int, ...]:
        """Samples of a frame of each tier, lowest first: 16 and 64 by default."""
        return tuple(itertools.accumulate(self.frame_sizes, lambda one, two: one * two))

    @property
    def lookback(self) -> int:
        """Samples before the first that the network is given."""
        return self.frames[-1]

    @property
    def states(self) -> int:
        """Tensors of a cell's state."""
        return 1 if self.cell == "gru" else 2


def lecun_uniform(weight: Tensor) -> None:
    """Fill (outputs, inputs) with U(+-sqrt(3 / inputs))."""
    bound = math.sqrt(3 / weight.shape[1])
    nn.init.uniform_(weight, -bound, bound)


def recurrent(config: Config) -> nn.GRU | nn.LSTM:
    """The layers of a tier, drawn as published: LeCun-uniform, new gates orthogonal, no bias."""
    kind = nn.GRU if config.cell == "gru" else nn.LSTM
    cells = kind(config.dim, config.dim, config.layers, batch_first=True)
    new = slice(
        2 * config.dim, 3 * config.dim
    )  # both orders (r, z, n and i, f, g, o) have it third
    for name, value in cells.named_parameters():
        if name.startswith("bias"):
            nn.init.zeros_(value)
            continue
        for gate in value.detach().chunk(len(value) // config.dim):
            lecun_uniform(gate)
        if name.startswith("weight_hh"):
            nn.init.orthogonal_(value.detach()[new])
    if config.cell == "lstm":
        for layer in range(config.layers):
            bias = getattr(cells, f"bias_ih_l{layer}")
            nn.init.constant_(bias.detach()[config.dim : 2 * config.dim], FORGET_BIAS)
    return cells


def scaled(levels: Tensor) -> Tensor:
    """Levels 0..255 as a frame tier takes them: -2 to 2."""
    return levels.float() * (2 / SILENCE) - 2


class FrameTier(nn.Module):
    """One recurrent tier: a step a frame, and from each what the tier below adds to its own."""

    def __init__(self, config: Config, index: int) -> None:
        super().__init__()
        self.frame = config.frames[index]
        self.ratio = config.frame_sizes[index]
        self.width = config.dim if index else config.mlp  # of what goes down
        outputs = self.width * (1 if config.shared_upsampling else self.ratio)
        self.expand = nn.Linear(self.frame, config.dim)
        nn.init.kaiming_uniform_(self.expand.weight)
        nn.init.zeros_(self.expand.bias)
        self.rnn = recurrent(config)
        self.upsample = nn.Linear(config.dim, outputs, bias=False)
        bound = math.sqrt(6 / config.dim)
        nn.init.uniform_(self.upsample.weight, -bound, bound)
        bound = math.sqrt(1 / config.dim)
        self.position = nn.Parameter(torch.empty(self.ratio, self.width).uniform_(-bound, bound))
        self.initial = nn.Parameter(torch.zeros(config.states, config.layers, config.dim))
        self.condition = (
            nn.Parameter(torch.randn(len(config.labels), config.dim) / math.sqrt(config.dim))
            if config.labels
            else None
        )
        if config.weight_norm:
            parametrizations.weight_norm(self.expand)
            parametrizations.weight_norm(self.upsample, dim=1)  # as of a transposed convolution

    def forward(
        self, frames: Tensor, above: Tensor | None, state: Tensor, mix: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """Frames (B, N, F), what is above (B, N, D), state (S, L, B, D), weights (B, C).

        Returns what goes down (B, N * ratio, width), and the state afterwards.
        """
        x = self.expand(frames)  # (B, N, D)
        if above is not None:
            x = x + above
        if self.condition is not None and mix is not None:
            x = x + (mix @ self.condition)[:, None]
        parts = [each.contiguous() for each in state]
        out, after = self.rnn(x, parts[0] if len(parts) == 1 else tuple(parts))  # (B, N, D)
        up = self.upsample(out).unflatten(2, (-1, self.width))  # (B, N, 1 or ratio, width)
        down = (up + self.position).flatten(1, 2)  # (B, N * ratio, width)
        return down, after[None] if isinstance(after, Tensor) else torch.stack(after)


class SampleMLP(nn.Module):
    """From the last frame of samples and what comes from above to the next one's logits."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.embedding = nn.Embedding(LEVELS, config.embedding)
        self.input = nn.Conv1d(config.embedding, config.mlp, config.frame_sizes[0], bias=False)
        self.hidden = nn.Linear(config.mlp, config.mlp)
        self.output = nn.Linear(config.mlp, LEVELS)
        self.expected = Expected(config.quantiser, config.mlp) if config.prediction else None
        for each in (self.input, self.hidden):
            nn.init.kaiming_uniform_(each.weight)
        lecun_uniform(self.output.weight.detach())
        for each in (self.hidden, self.output):
            nn.init.zeros_(each.bias)
        if config.weight_norm:
            for each in (self.input, self.hidden, self.output):
                parametrizations.weight_norm(each)

    def forward(self, levels: Tensor, above: Tensor, expected: Tensor | None = None) -> Tensor:
        """Levels (B, T + frame - 1) and what comes from above (B, T, mlp): logits (B, T, 256).

        `expected` (B, T, 3) is what was predicted, where the network is given that.
        """
        if self.expected is None:
            return self._logits(levels, above)
        assert expected is not None, "this network is given what was predicted"
        shape = self._logits(levels, above + self.expected(expected))
        return self.expected.spread_out(expected, shape)

    def _logits(self, levels: Tensor, above: Tensor) -> Tensor:
        embedded = self.embedding(levels).transpose(1, 2)  # (B, E, T + frame - 1)
        x = functional.relu(self.input(embedded).transpose(1, 2) + above)  # (B, T, mlp)
        logits: Tensor = self.output(functional.relu(self.hidden(x)))
        return logits


class LevelNetwork(nn.Module, ABC):
    """What is trained to name the next level; the state is carried from one window to the next."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config

    @abstractmethod
    def initial(self, count: int) -> list[Tensor]:
        """The state (S, L, B, D) of each recurrent part before a sequence begins."""

    @abstractmethod
    def forward(
        self,
        levels: Tensor,
        state: Sequence[Tensor],
        mix: Tensor | None = None,
        expected: Tensor | None = None,
    ) -> tuple[Tensor, list[Tensor]]:
        """Logits (B, T, 256) of the last T of levels (B, lookback + T), and the state behind them.

        T is a multiple of `lookback`; mix (B, C) weighs the conditions; `expected` (B, T, 3) is
        what was predicted, where the network is given that.
        """


class SampleRNN(LevelNetwork):
    """All tiers above the perceptron."""

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self.tiers = nn.ModuleList(FrameTier(config, each) for each in range(len(config.frames)))
        self.mlp = SampleMLP(config)

    def initial(self, count: int) -> list[Tensor]:
        """The learned state (S, L, B, D) of each tier, lowest first."""
        return [tier.initial[:, :, None].expand(-1, -1, count, -1) for tier in self._frame_tiers()]

    def forward(
        self,
        levels: Tensor,
        state: Sequence[Tensor],
        mix: Tensor | None = None,
        expected: Tensor | None = None,
    ) -> tuple[Tensor, list[Tensor]]:
        """As of every level network: logits (B, T, 256) and the state afterwards."""
        start, count = self.config.lookback, levels.shape[1] - self.config.lookback
        values = scaled(levels)
        above: Tensor | None = None
        after: list[Tensor] = []
        for tier, before in zip(reversed(self._frame_tiers()), reversed(state), strict=True):
            frames = values[:, start - tier.frame : start - tier.frame + count]
            above, last = tier(frames.reshape(len(frames), -1, tier.frame), above, before, mix)
            after.insert(0, last)
        assert above is not None, "a network has a tier"
        recent = levels[:, start - self.config.frame_sizes[0] : -1]
        return self.mlp(recent, above, expected), after

    def _frame_tiers(self) -> list[FrameTier]:
        """The tiers, lowest first."""
        return [tier for tier in self.tiers if isinstance(tier, FrameTier)]


def smooth_sample_rnn(config: Config) -> SampleRNN:
    """A network whose neighbouring levels begin alike; one with prediction begins as that alone."""
    network = SampleRNN(config)
    smooth_levels(network.mlp.embedding, network.mlp.output)
    if config.prediction:
        nn.init.zeros_(network.mlp.output.weight)
    return network


def folded(network: LevelNetwork) -> dict[str, Tensor]:
    """The weights by name with weight norm folded in, which plays the same and is smaller."""
    plain = {name: value for name, value in network.state_dict().items() if "param" not in name}
    for name, module in network.named_modules():
        if parametrize.is_parametrized(module, "weight"):
            plain[f"{name}.weight"] = module.weight.detach()
    return plain


def costs_in_bits(logits: Tensor, targets: Tensor) -> Tensor:
    """Negative log-likelihoods (B, T), bits, of levels (B, T) under logits (B, T, 256)."""
    flat = functional.cross_entropy(
        logits.flatten(0, 1).float(), targets.flatten(), reduction="none"
    )
    return flat.view(targets.shape) / math.log(2)


def loss_in_bits(logits: Tensor, targets: Tensor) -> Tensor:
    """Their mean, as one operation: trainings of before end with the same weights."""
    flat = functional.cross_entropy(logits.flatten(0, 1).float(), targets.flatten())
    return flat / math.log(2)


def parameter_count(config: Config) -> int:
    """Parameters of a network, without making it."""
    with torch.device("meta"):
        return sum(each.numel() for each in SampleRNN(config).parameters())
