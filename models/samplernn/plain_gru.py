"""The baseline without tiers: one recurrent layer that steps at every sample. It is not played."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from starling.models.samplernn.network import Config, LevelNetwork
from starling.models.samplernn.parts.levels import smooth_levels
from starling.models.samplernn.quantiser import LEVELS


class PlainGRU(LevelNetwork):
    """Embedding, GRU of width `dim`, perceptron of one hidden layer: an unconditional sequence."""

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self.embedding = nn.Embedding(LEVELS, config.embedding)
        self.rnn = nn.GRU(config.embedding, config.dim, config.layers, batch_first=True)
        self.hidden = nn.Linear(config.dim, config.mlp)
        self.output = nn.Linear(config.mlp, LEVELS)
        nn.init.kaiming_uniform_(self.hidden.weight)
        smooth_levels(self.embedding, self.output)  # as the recipe that it is compared with
        self.start = nn.Parameter(torch.zeros(1, config.layers, config.dim))

    def initial(self, count: int) -> list[Tensor]:
        """The learned state (1, L, B, D) before a sequence begins."""
        return [self.start[:, :, None].expand(-1, -1, count, -1)]

    def forward(
        self,
        levels: Tensor,
        state: Sequence[Tensor],
        mix: Tensor | None = None,
        expected: Tensor | None = None,
    ) -> tuple[Tensor, list[Tensor]]:
        """Logits (B, T, 256) of the last T of levels (B, lookback + T), and the state behind them.

        Neither conditions nor what was predicted are used.
        """
        before = levels[:, self.config.lookback - 1 : -1]  # each sample from the one before it
        out, after = self.rnn(self.embedding(before), state[0][0].contiguous())  # (B, T, D)
        logits: Tensor = self.output(functional.relu(self.hidden(out)))
        return logits, [after[None]]
