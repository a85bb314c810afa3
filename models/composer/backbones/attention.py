"""Attention over the last steps: a transformer's decoder whose keys and values are carried.

Biases that are linear in the distance stand for positions (Press et al., 2022), so a song has no
length; what a window of training sees of the window before it is without its gradient (Dai et
al., 2019).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from starling.models.composer.backbones.perceptron import feed_forward

State = tuple[Tensor, Tensor]  # keys and values of the last steps, (layers, B, heads, M, D / heads)

SPAN = 64  # steps that a step sees, itself among them
HEAD = 48  # dimensions of a head, at least


def heads(width: int) -> int:
    """As many as divide the width and are not narrower than HEAD, where there are such."""
    return max(n for n in range(1, max(1, width // HEAD) + 1) if width % n == 0)


class Attention(nn.Module):
    """Causal multi-head attention and position-wise layers in turn, each normalised first."""

    slopes: Tensor

    def __init__(self, width: int, layers: int, span: int = SPAN) -> None:
        super().__init__()
        self.heads, self.span = heads(width), span
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(layers))
        self.reads = nn.ModuleList(nn.Linear(width, 3 * width) for _ in range(layers))
        self.writes = nn.ModuleList(nn.Linear(width, width) for _ in range(layers))
        self.blocks = nn.ModuleList(feed_forward(width) for _ in range(layers))
        slopes = 2.0 ** (-8.0 * torch.arange(1, self.heads + 1) / self.heads)
        self.register_buffer("slopes", slopes, persistent=False)

    def forward(self, x: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """(B, T, D) to (B, T, D), and the keys and values that later steps will see."""
        batch, count, width = x.shape
        before = 0 if state is None else state[0].shape[3]
        bias = self.bias(before, count)
        keys: list[Tensor] = []
        values: list[Tensor] = []
        layers = zip(self.norms, self.reads, self.writes, self.blocks, strict=True)
        for layer, (norm, read, write, block) in enumerate(layers):
            parts = read(norm(x)).view(batch, count, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
            query, key, value = parts.unbind()  # (B, heads, T, D / heads) each
            if state is not None:
                key = torch.cat([state[0][layer], key], 2)
                value = torch.cat([state[1][layer], value], 2)
            seen = functional.scaled_dot_product_attention(query, key, value, attn_mask=bias)
            x = x + write(seen.transpose(1, 2).reshape(batch, count, width))
            x = x + block(x)
            keys.append(key[:, :, 1 - self.span :])
            values.append(value[:, :, 1 - self.span :])
        return x, (torch.stack(keys), torch.stack(values))

    def bias(self, before: int, count: int) -> Tensor:
        """What is added to the scores (heads, T, before + T): minus infinity for what is unseen."""
        at = torch.arange(before, before + count, device=self.slopes.device)[:, None]
        distance = at - torch.arange(before + count, device=self.slopes.device)
        bias = -distance * self.slopes[:, None, None]
        return bias.masked_fill((distance < 0) | (distance >= self.span), float("-inf"))
