"""The composer's network: rows of hints to the distribution of the next compound step.

Embeddings of a row's columns are summed; a backbone over steps follows (an LSTM, attention, or
layers that see this row alone); then a chain of heads decides the wait and each voice, each given
what was decided before. What copying adds to the logits is in copying.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate

import torch
from torch import Tensor, nn
from torch.nn import functional

from starling.models.composer.backbones.attention import Attention
from starling.models.composer.backbones.kinds import Backbone
from starling.models.composer.backbones.perceptron import Perceptron
from starling.models.composer.context.layout import COLUMNS
from starling.models.composer.copying import END, HEADS, SIZES, Copying, Hints
from starling.models.composer.form import USUAL, Shares

State = tuple[Tensor, Tensor]  # of the LSTM, (layers, B, hidden) each, or of attention


@dataclass(frozen=True, slots=True)
class Config:
    """The sizes of a network."""

    width: int = 192
    backbone: Backbone = "attention"
    hidden: int = 320  # of the LSTM
    layers: int = 2
    dropout: float = 0.0
    columns: int = len(COLUMNS)  # of the rows that it was made for


class Composer(nn.Module):
    """p(step | rows so far), factored into five heads."""

    starts: Tensor

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.usual: Shares = USUAL  # how much each voice sounds in the songs that it learnt from
        self.config, width = config, config.width
        sizes = [column.size for column in COLUMNS]
        self.embedding = nn.EmbeddingBag(sum(sizes), width, mode="sum")
        nn.init.normal_(self.embedding.weight, std=0.1)
        starts = torch.tensor([0, *accumulate(sizes)][:-1])
        self.register_buffer("starts", starts, persistent=False)
        if config.backbone == "lstm":
            self.lstm = nn.LSTM(width, config.hidden, config.layers, batch_first=True)
            self.back = nn.Linear(config.hidden, width)
        elif config.backbone == "attention":
            self.attention = Attention(width, config.layers)
        else:
            self.perceptron = Perceptron(width, config.layers)
        self.norm, self.drop = nn.LayerNorm(width), nn.Dropout(config.dropout)
        self.decided = nn.ModuleList(nn.Embedding(size, width) for size in SIZES[:-1])
        self.mixing = nn.ModuleList(nn.Linear(width, width) for _ in SIZES)
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in SIZES)
        self.outputs = nn.ModuleList(nn.Linear(width, size) for size in SIZES)
        for weight in self.decided.parameters():
            nn.init.normal_(weight, std=0.3)
        for weight in self.outputs.parameters():
            if weight.ndim == 2:
                nn.init.normal_(weight, std=0.02)
        self.copying = Copying(width)

    def encode(self, rows: Tensor, state: State | None = None) -> tuple[Tensor, State | None]:
        """Rows (B, T, WIDTH) to hidden vectors (B, T, D), and the state after them."""
        batch, count, columns = rows.shape
        x = self.embedding((rows + self.starts).view(batch * count, columns))
        x = self.drop(x.view(batch, count, -1))
        if self.config.backbone == "mlp":
            return self.norm(self.perceptron(x)), None
        if self.config.backbone == "attention":
            y, state = self.attention(x, state)
            return self.norm(y), state
        y, state = self.lstm(x, state)
        return self.norm(self.back(self.drop(y)) + x), state

    def logits(self, head: int, hidden: Tensor, hints: Hints, chosen: Tensor) -> Tensor:
        """Logits (N, SIZES[head]) from hidden vectors (N, D) that hold the earlier decisions."""
        mixed = functional.gelu(self.mixing[head](hidden), approximate="tanh")
        read = self.norms[head](hidden + mixed)
        added: Tensor = self.copying(head, read, hints, chosen)
        plain: Tensor = self.outputs[head](read)
        return plain + added

    def decide(self, head: int, hidden: Tensor, choice: Tensor) -> Tensor:
        """Hidden vectors (N, D) that also hold this head's choice (N,)."""
        return hidden + self.decided[head](choice) if head < HEADS - 1 else hidden

    def losses(self, hidden: Tensor, rows: Tensor, targets: Tensor) -> Tensor:
        """Negative log-likelihoods (N, 5) of targets (N, 5), nats; 0 after a song's end."""
        hints = Hints.of(rows)
        found: list[Tensor] = []
        for head in range(HEADS):
            logits = self.logits(head, hidden, hints, targets)
            found.append(functional.cross_entropy(logits, targets[:, head], reduction="none"))
            hidden = self.decide(head, hidden, targets[:, head])
        ended = (targets[:, 1] == END).float()[:, None]
        after = torch.arange(HEADS, device=rows.device) > 1
        return torch.stack(found, 1) * (1 - ended * after)

    def forward(
        self, rows: Tensor, targets: Tensor, state: State | None = None
    ) -> tuple[Tensor, State | None]:
        """Losses (B, T, 5) of targets (B, T, 5) given rows (B, T, WIDTH), and the state after."""
        hidden, state = self.encode(rows, state)
        count = rows.shape[0] * rows.shape[1]
        flat = rows.reshape(count, -1), targets.reshape(count, -1)
        return self.losses(hidden.reshape(count, -1), *flat).view(targets.shape), state
