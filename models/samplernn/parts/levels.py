"""Levels as features, so that neighbours begin alike."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from starling.models.samplernn.quantiser import LEVELS, SILENCE, table

SMOOTH_COSINES = 24  # of 256 levels: no feature is narrower than ten of them


def level_features(count: int) -> Tensor:
    """Standardised features (256, count) of levels: level, mu-law sample, sines and cosines."""
    companded = (torch.arange(LEVELS) - SILENCE) / SILENCE  # -1 to 1
    waves = [
        wave(math.pi * turns * companded)
        for turns in range(1, count // 2 + 1)
        for wave in (torch.sin, torch.cos)
    ]
    sample = torch.tensor(table("mu-law").tolist())  # where the network is, or nowhere
    features = torch.stack([companded, sample, *waves][:count], dim=1)
    return (features - features.mean(0)) / features.std(0)


@torch.no_grad()
def smooth_levels(embedding: nn.Embedding, output: nn.Linear) -> None:
    """Let neighbouring levels begin alike, in what is embedded and in the logits.

    Drawn independently, as published, they must first be learned to be: after 500 steps on dark
    ambient music the compact network is .33 bits worse. Rows of the output are drawn from
    low-frequency cosines.
    """
    embedding.weight.copy_(level_features(embedding.embedding_dim))
    turns = torch.arange(1, SMOOTH_COSINES + 1)
    cosines = torch.cos(math.pi * turns * (torch.arange(LEVELS)[:, None] + 0.5) / LEVELS)
    rows = (cosines / turns.sqrt()) @ torch.randn(SMOOTH_COSINES, output.in_features)  # (256, mlp)
    output.weight.copy_(rows / rows.std() / math.sqrt(output.in_features))
