"""A plain decoder-only transformer over LakhNES's events: what a composer without copying reaches.

Blocks of attention with rotary positions (Su et al., arXiv 2104.09864) and of two dense layers,
each after a layer norm; inputs and outputs share their embedding.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from starling.models.composer.baselines.tx1 import START
from starling.models.errors import InputError

SYMBOLS = START + 1
BASE = 10_000.0  # of the slowest rotation's period
Kept = list[tuple[Tensor, Tensor]]  # keys and values (B, heads, T, size) of each block


@dataclass(frozen=True, slots=True)
class Config:
    """Sizes: 1.9 million weights."""

    width: int = 192
    layers: int = 4
    heads: int = 6
    context: int = 512  # events
    dropout: float = 0.1
    batch: int = 16

    def __post_init__(self) -> None:
        """Raise InputError for a width that the heads cannot share, in pairs that rotate."""
        if self.width % (2 * self.heads):
            raise InputError(
                f"width must be a multiple of {2 * self.heads} for {self.heads} heads, "
                f"got {self.width}"
            )


def rotated(x: Tensor, first: int) -> Tensor:
    """Vectors (B, heads, T, size) turned by their places from `first` on."""
    half = x.shape[-1] // 2
    speeds = BASE ** (-torch.arange(half, device=x.device) / half)
    angles = torch.arange(first, first + x.shape[-2], device=x.device)[:, None] * speeds
    one, other = x[..., :half], x[..., half:]
    cosine, sine = angles.cos(), angles.sin()
    return torch.cat([one * cosine - other * sine, one * sine + other * cosine], dim=-1)


class Block(nn.Module):
    """Attention to what came before, then two dense layers."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        width = config.width
        self.heads, self.dropout = config.heads, config.dropout
        self.norm, self.after_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.read, self.back = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.dense = nn.Sequential(
            nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)
        )
        self.drop = nn.Dropout(config.dropout)

    def forward(
        self, x: Tensor, kept: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """(B, T, D) to (B, T, D), after `kept` keys and values; and those of all so far."""
        batch, count, width = x.shape
        parts = self.read(self.norm(x)).view(batch, count, 3, self.heads, -1)
        query, key, value = parts.permute(2, 0, 3, 1, 4)
        first = 0 if kept is None else kept[0].shape[-2]
        query, key = rotated(query, first), rotated(key, first)
        if kept is not None:
            key, value = torch.cat([kept[0], key], dim=-2), torch.cat([kept[1], value], dim=-2)
        drop = self.dropout if self.training else 0.0
        seen = functional.scaled_dot_product_attention(
            query, key, value, dropout_p=drop, is_causal=kept is None
        )
        x = x + self.drop(self.back(seen.transpose(1, 2).reshape(batch, count, width)))
        return x + self.drop(self.dense(self.after_norm(x))), (key, value)


class EventTransformer(nn.Module):
    """p(event | at most `context` events before)."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(SYMBOLS, config.width)
        nn.init.normal_(self.embedding.weight, std=0.02)
        self.drop = nn.Dropout(config.dropout)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.layers))
        self.norm = nn.LayerNorm(config.width)

    def logits(self, tokens: Tensor, kept: Kept | None = None) -> tuple[Tensor, Kept]:
        """Logits (B, T, SYMBOLS) of what follows each of tokens (B, T), and what to keep.

        With `kept`, T is 1: one event after those that were given before.
        """
        x = self.drop(self.embedding(tokens))
        keep: Kept = []
        for at, block in enumerate(self.blocks):
            x, each = block(x, None if kept is None else kept[at])
            keep.append(each)
        return functional.linear(self.norm(x), self.embedding.weight), keep

    def losses(self, tokens: Tensor) -> Tensor:
        """Nats (B, T) of each of tokens (B, T + 1) but the first."""
        logits, _ = self.logits(tokens[:, :-1])
        nats = functional.cross_entropy(
            logits.flatten(0, 1), tokens[:, 1:].flatten(), reduction="none"
        )
        return nats.view(tokens.shape[0], -1)

    def forward(self, tokens: Tensor, state: None = None) -> tuple[Tensor, None]:
        """The mean loss of tokens (B, T + 1)."""
        return self.losses(tokens).mean(), None

    def constrain(self) -> None:
        """No weights are bounded."""
