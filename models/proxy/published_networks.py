"""The five published preset encoders and the recipe they were trained by, for any synth.

Combes, Weinzierl, Obermayer, JAES 73(9), 561-577, 2025 (arXiv 2509.07635), paper size "b". Inputs
are num and bin parameters in 0..1 and cat parameters by index; outputs live in the audio model's
own space. Totals of weights equal the published ones (its test).

Shapes: B presets, P parameters, T tokens.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn

from starling.models.proxy.parameter_space import Space

GATE_BIAS = -1.0  # a highway block starts by passing its input on
TOKEN_STD = 0.02


class OneHot(nn.Module):
    """All num and bin values, then one block a categorical parameter."""

    def __init__(self, space: Space) -> None:
        super().__init__()
        self.numbers, self.categories = list(space.numbers), list(space.categories)
        self.cardinalities = space.cardinalities
        self.width = len(self.numbers) + sum(self.cardinalities)

    def forward(self, unit: Tensor) -> Tensor:
        """(B, P) to (B, width)."""
        blocks = [unit[:, self.numbers]]  # (B, numbers), then (B, steps) for each category
        for place, count in zip(self.categories, self.cardinalities, strict=True):
            blocks.append(nn.functional.one_hot(unit[:, place].long(), count).to(unit.dtype))
        return torch.cat(blocks, dim=1)


class Tokens(nn.Module):
    """One token a parameter in the schema's order (Gorishniy et al., arXiv 2106.11959).

    A num or bin token is its value times a learned vector, without bias; a cat token is a row of
    one table that all share. `start` puts a learned token in front; `position` adds sinusoids.
    """

    offsets: Tensor
    order: Tensor
    code: Tensor

    def __init__(
        self, space: Space, width: int, *, start: bool = False, position: bool = False
    ) -> None:
        super().__init__()
        self.numbers, self.categories = list(space.numbers), list(space.categories)
        self.vectors = nn.Parameter(torch.empty(len(self.numbers), width))
        self.table = nn.Parameter(torch.empty(sum(space.cardinalities), width))
        self.start = nn.Parameter(torch.empty(1, 1, width)) if start else None
        for weight in self.parameters():
            nn.init.trunc_normal_(weight, std=TOKEN_STD)
        offsets = torch.tensor([0, *space.cardinalities[:-1]]).cumsum(0)[: len(self.categories)]
        order = torch.tensor([*self.numbers, *self.categories]).argsort()
        self.register_buffer("offsets", offsets, persistent=False)
        self.register_buffer("order", order, persistent=False)
        length = len(space.knobs) + start
        code = sinusoids(length, width) if position else torch.zeros(1, 1)
        self.register_buffer("code", code, persistent=False)
        self.length = length

    def forward(self, unit: Tensor) -> Tensor:
        """(B, P) to (B, P or P + 1, width)."""
        numeric = unit[:, self.numbers, None] * self.vectors  # (B, numbers, width)
        rows = unit[:, self.categories].long() + self.offsets  # (B, categories), of the table
        tokens = torch.cat([numeric, self.table[rows]], dim=1)[:, self.order]  # (B, P, width)
        if self.start is not None:
            tokens = torch.cat([self.start.expand(len(tokens), -1, -1), tokens], dim=1)
        return tokens + self.code


def sinusoids(length: int, width: int) -> Tensor:
    """Fixed position code (length, width): sine in even columns, cosine in odd ones."""
    angles = torch.arange(length)[:, None] * torch.exp(
        torch.arange(0, width, 2) * (-math.log(10_000.0) / width)
    )
    return torch.stack([angles.sin(), angles.cos()], dim=2).flatten(1)[:, :width]


def _half_block(inputs: int, width: int) -> nn.Sequential:
    """Linear without bias, BatchNorm, ReLU."""
    linear = nn.Linear(inputs, width, bias=False)
    nn.init.kaiming_normal_(linear.weight, nonlinearity="relu")
    return nn.Sequential(linear, nn.BatchNorm1d(width), nn.ReLU())


class Highway(nn.Module):
    """fc(x) * gate(x) + x * (1 - gate(x)) (Srivastava et al., arXiv 1505.00387)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.block, self.gate = _half_block(width, width), nn.Linear(width, width)
        nn.init.xavier_normal_(self.gate.weight)
        nn.init.constant_(self.gate.bias, GATE_BIAS)

    def forward(self, x: Tensor) -> Tensor:
        """(B, width) to (B, width)."""
        gate = torch.sigmoid(self.gate(x))
        mixed: Tensor = self.block(x) * gate + x * (1 - gate)
        return mixed


def _head(width: int, size: int) -> nn.Linear:
    """The last linear layer."""
    linear = nn.Linear(width, size)
    nn.init.kaiming_normal_(linear.weight, nonlinearity="linear")
    nn.init.zeros_(linear.bias)
    return linear


def _highways(inputs: int, width: int, size: int) -> list[nn.Module]:
    """Six blocks, the first of which has another input width and so no gate; then the head."""
    later = [Highway(width) for _ in range(5)]
    return [_half_block(inputs, width), *later, _head(width, size)]


def mlp(space: Space, size: int) -> nn.Module:
    """MLP-OH: one block of two layers, 2048 wide, on the one-hot vector."""
    entry = OneHot(space)
    blocks = [*_half_block(entry.width, 2048), *_half_block(2048, 2048)]
    return nn.Sequential(entry, *blocks, _head(2048, size))


def highway(space: Space, size: int) -> nn.Module:
    """HN-OH: six highway blocks, 768 wide, on the one-hot vector."""
    entry = OneHot(space)
    return nn.Sequential(entry, *_highways(entry.width, 768, size))


def tokens(space: Space, size: int) -> nn.Module:
    """HN-PT: tokens of 64, flattened, then six highway blocks, 512 wide."""
    entry = Tokens(space, 64)
    return nn.Sequential(entry, nn.Flatten(), *_highways(64 * entry.length, 512, size))


class LastStates(nn.Module):
    """A bidirectional GRU's last state of either direction, `width` wide together."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.gru = nn.GRU(width, width // 2, batch_first=True, bidirectional=True)
        for name, weight in self.gru.named_parameters():
            if name.startswith("weight_ih"):
                nn.init.xavier_normal_(weight)
            elif name.startswith("weight_hh"):
                nn.init.orthogonal_(weight)
            else:
                nn.init.zeros_(weight)

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, width) to (B, width)."""
        last: Tensor = self.gru(x)[1]  # (2, B, width / 2)
        return last.transpose(0, 1).flatten(1)


def gru(space: Space, size: int) -> nn.Module:
    """HN-PTGRU: tokens of 384 with positions, a GRU, then six highway blocks, 768 wide."""
    entry = Tokens(space, 384, position=True)
    return nn.Sequential(entry, LastStates(384), *_highways(384, 768, size))


class FirstToken(nn.Module):
    """Six pre-norm transformer layers, of which only the first token's output is used."""

    def __init__(self, width: int = 256, heads: int = 8, hidden: int = 1024) -> None:
        super().__init__()
        layer = nn.TransformerEncoderLayer(
            width, heads, hidden, dropout=0.0, batch_first=True, norm_first=True
        )
        self.layers = nn.TransformerEncoder(layer, 6, enable_nested_tensor=False)
        for weight in self.layers.parameters():
            if weight.ndim > 1:  # norms keep 1 and 0
                nn.init.trunc_normal_(weight, std=TOKEN_STD)
        for module in self.layers.modules():
            if isinstance(module, nn.Linear):
                nn.init.zeros_(module.bias)

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, width) to (B, width)."""
        first: Tensor = self.layers(x)[:, 0]
        return first


def transformer(space: Space, size: int) -> nn.Module:
    """TFM: tokens of 256 with a first one and positions, transformer, norm, ReLU, linear."""
    entry = Tokens(space, 256, start=True, position=True)
    return nn.Sequential(entry, FirstToken(), nn.LayerNorm(256), nn.ReLU(), _head(256, size))


ENCODERS: dict[str, Callable[[Space, int], nn.Module]] = {
    "mlp": mlp,
    "highway": highway,
    "tokens": tokens,
    "gru": gru,
    "transformer": transformer,
}
TITLES = {
    "mlp": "MLP-OH",
    "highway": "HN-OH",
    "tokens": "HN-PT",
    "gru": "HN-PTGRU",
    "transformer": "TFM",
}


class TrainingRecipe(NamedTuple):
    """AdamW as published, weight decay 0; the schedule is `published_rate`."""

    rate: float
    betas: tuple[float, float]
    eps: float
    batch: int = 512


# By synth and encoder. A synth without a column takes TAL-NoiseMaker's: the smallest of the three.
RECIPES: dict[str, dict[str, TrainingRecipe]] = {
    "dexed": {
        "mlp": TrainingRecipe(1.2e-2, (0.780, 0.998), 8e-6),
        "highway": TrainingRecipe(4e-3, (0.93, 0.987), 2e-7),
        "tokens": TrainingRecipe(7e-3, (0.78, 0.970), 3e-7),
        "gru": TrainingRecipe(1.5e-3, (0.775, 0.978), 3e-7),
        "transformer": TrainingRecipe(1e-3, (0.910, 0.987), 2e-8, 256),
    },
    "diva": {
        "mlp": TrainingRecipe(1.4e-2, (0.780, 0.998), 2e-8),
        "highway": TrainingRecipe(4e-3, (0.93, 0.987), 2e-7),
        "tokens": TrainingRecipe(4e-3, (0.93, 0.987), 2e-7),
        "gru": TrainingRecipe(1.5e-3, (0.775, 0.978), 2e-8),
        "transformer": TrainingRecipe(1e-3, (0.890, 0.987), 5e-10, 256),
    },
    "tal": {
        "mlp": TrainingRecipe(1.4e-2, (0.910, 0.980), 2e-8),
        "highway": TrainingRecipe(1e-2, (0.80, 0.948), 2e-7),
        "tokens": TrainingRecipe(1e-2, (0.80, 0.948), 2e-7),
        "gru": TrainingRecipe(1.5e-3, (0.93, 0.987), 2e-8),
        "transformer": TrainingRecipe(1e-3, (0.890, 0.987), 5e-10, 256),
    },
}
FLOOR = 2e-6  # where both cosines end
HOLD, FIRST = 7_500 / 600_000, 200_000 / 600_000  # shares of the run: constant, first cosine's end


def recipe(encoder: str, synth: str) -> TrainingRecipe:
    """The published settings for this synth, or TAL-NoiseMaker's for one that has none."""
    return RECIPES.get(synth.lower(), RECIPES["tal"])[encoder]


def published_rate(highest: float, fraction: float) -> float:
    """Learning rate at a share 0..1 of the run: constant, cosine, full restart, cosine.

    The published steps are 7,500, 192,500 and 400,000; a shorter run keeps their proportions.
    """
    if fraction < HOLD:
        return highest
    begin, end = (HOLD, FIRST) if fraction < FIRST else (FIRST, 1.0)
    done = min(1.0, (fraction - begin) / (end - begin))
    return FLOOR + (highest - FLOOR) * (0.5 + 0.5 * math.cos(math.pi * done))
