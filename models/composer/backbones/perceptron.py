"""A backbone without memory: residual layers on each step by itself."""

from __future__ import annotations

from torch import Tensor, nn


def feed_forward(width: int) -> nn.Sequential:
    """The position-wise layers of a transformer's block, normalised first: (..., D) to (..., D)."""
    return nn.Sequential(
        nn.LayerNorm(width),
        nn.Linear(width, 4 * width),
        nn.GELU(approximate="tanh"),
        nn.Linear(4 * width, width),
    )


class Perceptron(nn.Module):
    """A row's own layers."""

    def __init__(self, width: int, layers: int) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(feed_forward(width) for _ in range(layers))

    def forward(self, x: Tensor) -> Tensor:
        """(..., D) to (..., D)."""
        for block in self.blocks:
            x = x + block(x)
        return x
