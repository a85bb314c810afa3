"""The published LSTM of NES-Music-Maker: frame after frame, each voice by a head of its own.

Embeddings of the frame's voices (P1 and P2 share a table) and of the mark between songs, side by
side; one LSTM; batch normalisation; five heads that do not see each other's choice. The reduced
model has P1 alone. Not repeated: the published loop ran the network in its playing mode, without
dropout and normalisation, and made a new optimiser for each step.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from starling.models.composer.baselines import batches
from starling.models.composer.songs import VOICES

State = tuple[Tensor, ...]  # of the LSTM, two of (1, B, hidden)
TABLES = (0, 0, 1, 2, 3)  # of P1, P2, TR, NO and the mark
EPSILON = 1e-3  # of batch normalisation in Keras


@dataclass(frozen=True, slots=True)
class Config:
    """The published sizes; 4 voices, or 1 for P1 alone."""

    voices: int = len(VOICES)
    hidden: int = 1024
    embedding: tuple[int, ...] = (128, 128, 32, 16)  # pulses, triangle, noise, mark
    dropout: float = 0.5  # before the LSTM and before the heads
    most_norm: float = 4.0  # of the weights of each class of a head; 0: no limit
    batch: int = 100
    window: int = 100  # frames of truncated back-propagation


REDUCED = Config(1, 512, (256,), 0.0, 0.0, 100, 400)


class FrameLstm(nn.Module):
    """p(frame | frames before), its voices taken to be independent."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config, known = config, batches.sizes(config.voices)
        tables = TABLES[: len(known)]
        self.tables = nn.ModuleList(
            nn.Embedding(max(n for n, at in zip(known, tables, strict=True) if at == row), width)
            for row, width in enumerate(config.embedding)
        )
        self.columns = tables
        self.lstm = nn.LSTM(
            sum(config.embedding[at] for at in tables), config.hidden, batch_first=True
        )
        self.norm = nn.BatchNorm1d(config.hidden, eps=EPSILON)
        self.drop = nn.Dropout(config.dropout)
        self.heads = nn.ModuleList(nn.Linear(config.hidden, size) for size in known)

    def encode(self, tokens: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """Hidden vectors (B, T, H) after each frame of tokens (B, T, columns), and the state."""
        parts = [self.tables[row](tokens[..., at]) for at, row in enumerate(self.columns)]
        x = torch.cat(parts, dim=-1)
        x = x * self.drop(torch.ones_like(x[:, :1]))  # as in Keras one mask for all frames
        y, state = self.lstm(x, state)
        assert state is not None
        normed = self.norm(y.flatten(0, 1)).view(y.shape)
        return self.drop(normed), state

    def logits(self, hidden: Tensor) -> list[Tensor]:
        """Logits (..., symbols) of each head: what is sampled from, or turned to nats."""
        return [head(hidden) for head in self.heads]

    def losses(self, tokens: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """Nats (B, T, heads) of each frame of (B, T + 1, columns) but the first."""
        hidden, state = self.encode(tokens[:, :-1], state)
        found = [
            functional.cross_entropy(
                each.flatten(0, 1), tokens[:, 1:, at].flatten(), reduction="none"
            )
            for at, each in enumerate(self.logits(hidden))
        ]
        return torch.stack(found, dim=-1).view(*hidden.shape[:2], -1), state

    def forward(self, tokens: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """The loss of tokens (B, T + 1, columns), as published the heads' mean; and the state."""
        losses, state = self.losses(tokens, state)
        return losses.mean(), state

    @torch.no_grad()
    def constrain(self) -> None:
        """After a step: no class of a head has weights of a larger norm than `most_norm`."""
        if self.config.most_norm:
            for head in self.heads.children():
                assert isinstance(head, nn.Linear)
                head.weight.copy_(torch.renorm(head.weight, 2, 0, self.config.most_norm))
