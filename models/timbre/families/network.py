"""The network of families: blocks of the timbre network, trained on by names, with its own head.

The first blocks stay as they are and are shared with the timbre network. Trained so that sounds
of one family lie near each other whichever synth plays them, within each synth as a gallery of its
own (supervised contrast; Khosla et al., arXiv 2004.11362). Shapes: B sounds, T steps in time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from starling.models.timbre.network import EPSILON, Timbre, front

LEAST_GALLERY = 8  # sounds of a domain in a batch; fewer make no gallery


@dataclass(frozen=True, slots=True)
class Config:
    """Shape of the head, and how many blocks are shared."""

    shared: int = 1
    hidden: int = 192
    size: int = 64  # numbers in a vector
    dropout: float = 0.6  # of what was pooled
    dropout_hidden: float = 0.2


class Families(nn.Module):
    """Log-mels (B, bands, steps) at the standard level to unit vectors (B, size)."""

    def __init__(self, timbre: Timbre, config: Config) -> None:
        super().__init__()
        self.config = config
        self.front = timbre.config
        self.shared = timbre.blocks[: config.shared]
        self.blocks = timbre.blocks[config.shared :]
        for parameter in self.shared.parameters():
            parameter.requires_grad_(False)
        pooled = 3 * timbre.config.pooled
        self.register_buffer("mean", torch.zeros(pooled))  # of what is pooled, before training
        self.register_buffer("deviation", torch.ones(pooled))
        self.hidden = nn.Linear(pooled, config.hidden)
        self.head = nn.Linear(config.hidden, config.size)

    def train(self, mode: bool = True) -> Families:
        """As torch; the shared blocks always evaluate."""
        super().train(mode)
        self.shared.eval()
        return self

    def pooled(self, log_mel: Tensor) -> Tensor:
        """(B, bands, steps) to (B, 3 pooled): mean, maximum and deviation over time."""
        with torch.no_grad():
            x = self.shared(front(log_mel, self.front))
        x = self.blocks(x).flatten(1, 2)  # (B, pooled, T)
        with torch.autocast(x.device.type, enabled=False):  # half precision blurs the angles
            x = x.float()
            deviation = (x.var(dim=2, correction=0) + EPSILON).sqrt()
            return torch.cat([x.mean(dim=2), x.amax(dim=2), deviation], dim=1)

    def forward(self, log_mel: Tensor) -> Tensor:
        """(B, bands, steps) to (B, size)."""
        config, training = self.config, self.training
        x = (self.pooled(log_mel) - self.mean) / self.deviation  # type: ignore[operator]
        x = functional.relu(self.hidden(functional.dropout(x, config.dropout, training)))
        x = self.head(functional.dropout(x, config.dropout_hidden, training))
        return functional.normalize(x.float(), dim=1)

    @torch.no_grad()
    def settle(self, log_mel: Tensor) -> None:
        """Take mean and deviation of what is pooled from some sounds (B, bands, steps)."""
        pooled = self.pooled(log_mel)
        self.mean.copy_(pooled.mean(dim=0))  # type: ignore[operator]
        self.deviation.copy_(pooled.std(dim=0) + 0.05)  # type: ignore[operator]


def family_loss(
    vectors: Tensor,
    family: Tensor,
    domain: Tensor,
    sound: Tensor,
    temperature: float,
    galleries: Sequence[int] = (),
) -> Tensor:
    """Cross-entropy of finding a sound's family in each domain of `galleries`, in every one where
    there are none; its mean over domains.

    `vectors` (B, size) are unit vectors; `family`, `domain` and `sound` (B,) are numbers. Other
    notes of a sound are neither found nor missed. The target is even over all of the family.
    """
    scores = vectors @ vectors.T / temperature  # (B, B)
    own = sound[:, None] == sound[None]
    losses = []
    for gallery in galleries or torch.unique(domain).tolist():
        inside = domain == gallery  # (B,)
        if int(inside.sum()) < LEAST_GALLERY:
            continue
        mine = own[:, inside]  # (B, G)
        right = (family[:, None] == family[None, inside]) & ~mine
        likely = functional.log_softmax(scores[:, inside].masked_fill(mine, -1e4), dim=1)
        count = right.sum(dim=1)
        found = count > 0
        each = -(likely * right).sum(dim=1)[found] / count[found]
        losses.append(each.mean())
    return torch.stack(losses).mean() if losses else scores.sum() * 0
