"""Our preset encoder: every parameter, note, velocity and duration to a sound's embedding.

Against the published ones (`published_networks`): a token has a bias and a learned identity,
numbers are embedded piecewise-linearly or periodically (Gorishniy et al., arXiv 2203.05556), gates
let the network silence parameters that others switch off, and the note is an input.

Shapes: B presets, P parameters, F features of a parameter, D numbers of a token, m of an embedding.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from starling.models.proxy.parameter_space import Space

MAX_NAMED_STEPS = 64  # a discrete parameter with at most so many steps also has a row for each
START_SCALE = 20.0  # of the contrastive logits: distances there are about 0.2 to 1.2
MAX_SCALE = 100.0


@dataclass(frozen=True, slots=True)
class Config:
    """Sizes; the default is what a CPU trains in minutes."""

    size: int  # of the embedding that is predicted
    token: int = 16
    width: int = 512
    layers: int = 4
    body: Literal["highway", "transformer"] = "highway"
    numeric: Literal["piecewise", "periodic"] = "piecewise"
    bins: int = 12  # pieces, or frequencies, of a number
    heads: int = 4  # of the transformer
    dropout: float = 0.1
    gates: bool = True


class ParameterFeatures(nn.Module):
    """Each parameter as a row of F numbers: pieces or waves of its value, and its step one-hot."""

    edges: Tensor
    low: Tensor
    ordered: Tensor
    counts: Tensor
    category: Tensor

    def __init__(self, space: Space, config: Config) -> None:
        super().__init__()
        knobs = space.knobs
        named = [knob.steps if 2 <= knob.steps <= MAX_NAMED_STEPS else 0 for knob in knobs]
        self.rows, self.numeric = max(named, default=0), config.numeric
        ordered = [float(knob.form != "cat") for knob in knobs]
        self.register_buffer("ordered", torch.tensor(ordered)[:, None], persistent=False)
        self.register_buffer("counts", torch.tensor(named), persistent=False)
        category = torch.tensor([knob.form == "cat" for knob in knobs])
        self.register_buffer("category", category, persistent=False)
        edges = torch.linspace(0, 1, config.bins + 1).repeat(len(knobs), 1)
        self.register_buffer("edges", edges)
        self.width = config.bins + self.rows
        if config.numeric == "periodic":
            self.waves = nn.Parameter(torch.randn(len(knobs), config.bins) * 2.0)  # a few a range
            self.width += config.bins

    def fit(self, unit: Tensor) -> None:
        """Put the pieces' edges at quantiles of the distinct values (n, P) of each parameter."""
        shares = np.linspace(0, 1, self.edges.shape[1])  # (bins + 1,)
        for place, column in enumerate(unit.numpy().T):
            distinct = np.unique(column)
            if len(distinct) > 2 and distinct[-1] <= 1:
                edges = np.quantile(np.concatenate([[0.0], distinct, [1.0]]), shares)
                self.edges[place] = torch.from_numpy(edges)

    def forward(self, unit: Tensor) -> Tensor:
        """Values (B, P) in 0..1, categories by index, to (B, P, F)."""
        if self.numeric == "periodic":
            angle = 2 * math.pi * unit[..., None] * self.waves  # (B, P, bins)
            numbers = torch.cat([angle.sin(), angle.cos()], dim=2)  # (B, P, 2 bins)
        else:
            low, high = self.edges[:, :-1], self.edges[:, 1:]  # (P, bins) each
            # (B, P, bins): 1 in pieces below the value, 0 above, the share within its own
            numbers = ((unit[..., None] - low) / (high - low).clamp_min(1e-4)).clamp(0, 1)
        if not self.rows:
            return numbers * self.ordered
        last = (self.counts - 1).clamp_min(0)
        step = torch.where(self.category, unit, (unit * last).round()).long()
        step = step.clamp(0, self.rows - 1)  # (B, P)
        hot = functional.one_hot(step, self.rows) * (self.counts > 0)[:, None]  # (B, P, rows)
        return torch.cat([numbers * self.ordered, hot.to(numbers.dtype)], dim=2)


class GatedBlock(nn.Module):
    """A highway block with norm and dropout; the gate starts by letting the input pass."""

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.both, self.back = nn.Linear(width, 2 * width), nn.Linear(width, width)
        self.dropout = nn.Dropout(dropout)
        nn.init.zeros_(self.back.weight)

    def forward(self, x: Tensor) -> Tensor:
        """(B, width) to (B, width)."""
        value, gate = self.both(self.norm(x)).chunk(2, dim=1)  # (B, width) each
        added: Tensor = self.back(self.dropout(functional.silu(gate) * value))
        return x + added


class HighwayBody(nn.Module):
    """Highway body: all tokens in one vector."""

    def __init__(self, count: int, config: Config) -> None:
        super().__init__()
        self.entry = nn.Linear(count * config.token, config.width)
        self.blocks = nn.Sequential(
            *(GatedBlock(config.width, config.dropout) for _ in range(config.layers))
        )

    def forward(self, tokens: Tensor) -> Tensor:
        """Tokens (B, P + 1, D), the note's last, to (B, width)."""
        mixed: Tensor = self.blocks(self.entry(tokens.flatten(1)))
        return mixed


class TransformerBody(nn.Module):
    """Transformer body: a first token and the mean of all others, side by side."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.lift = nn.Linear(config.token, config.width)
        self.start = nn.Parameter(torch.randn(1, 1, config.width) * 0.02)
        layer = nn.TransformerEncoderLayer(
            config.width,
            config.heads,
            2 * config.width,
            dropout=config.dropout,
            activation="gelu",
            batch_first=True,
            norm_first=True,
        )
        self.layers = nn.TransformerEncoder(layer, config.layers, enable_nested_tensor=False)
        self.join = nn.Linear(2 * config.width, config.width)

    def forward(self, tokens: Tensor) -> Tensor:
        """Tokens (B, P + 1, D), the note's last, to (B, width)."""
        start = self.start.expand(len(tokens), -1, -1)  # (B, 1, width)
        x = self.layers(torch.cat([start, self.lift(tokens)], dim=1))  # (B, P + 2, width)
        joined: Tensor = self.join(torch.cat([x[:, 0], x[:, 1:].mean(dim=1)], dim=1))
        return joined


class Starling(nn.Module):
    """Preset and note to a standardised embedding; `scale` is that of the contrastive loss."""

    def __init__(self, space: Space, config: Config) -> None:
        super().__init__()
        self.config, count = config, len(space.knobs)
        self.features = ParameterFeatures(space, config)
        fan = self.features.width
        self.weight = nn.Parameter(torch.randn(count, fan, config.token) / math.sqrt(fan / 4))
        self.identity = nn.Parameter(torch.randn(count, config.token) * 0.1)  # bias and name in one
        self.note = nn.Sequential(nn.Linear(3, 32), nn.SiLU(), nn.Linear(32, config.token))
        if config.gates:
            flat = (count + 1) * config.token
            self.context = nn.Sequential(nn.Linear(flat, 64), nn.SiLU(), nn.Linear(64, count))
        flat_body = config.body == "highway"
        self.body = HighwayBody(count + 1, config) if flat_body else TransformerBody(config)
        self.head = nn.Sequential(nn.LayerNorm(config.width), nn.Linear(config.width, config.size))
        self.scale = nn.Parameter(torch.tensor(math.log(START_SCALE)))

    def fit(self, unit: Tensor) -> None:
        """Fit what is not trained by gradient: the pieces of the numbers. `unit` is (n, P)."""
        self.features.fit(unit)

    def forward(self, unit: Tensor, notes: Tensor) -> Tensor:
        """Parameters (B, P), [note, velocity, seconds] (B, 3) to (B, size)."""
        return self.embed(self.features(unit), notes)

    def embed(self, features: Tensor, notes: Tensor) -> Tensor:
        """As `forward`, from features (B, P, F), which may be mixtures of steps."""
        # each parameter has a matrix of its own
        tokens = torch.einsum("bpf,pfd->bpd", features, self.weight) + self.identity  # (B, P, D)
        note = self.note(note_numbers(notes))[:, None]  # (B, 1, D)
        if self.config.gates:
            around = torch.cat([tokens, note], dim=1).flatten(1)  # (B, (P + 1) D)
            # one gate 0..2 a parameter, from all of them
            tokens = tokens * (2 * torch.sigmoid(self.context(around)))[..., None]
        out: Tensor = self.head(self.body(torch.cat([tokens, note], dim=1)))
        return out


def note_numbers(notes: Tensor) -> Tensor:
    """[MIDI note, velocity, seconds] (B, 3) to about -1..1 each; 0 is C4 at 100 held for 1 s."""
    note, velocity, seconds = notes.unbind(dim=1)
    parts = [(note - 60) / 24, (velocity - 100) / 64, seconds.clamp_min(0.01).log2() / 2]
    return torch.stack(parts, dim=1)


def contrast(predicted: Tensor, target: Tensor, scale: Tensor) -> Tensor:
    """InfoNCE (van den Oord et al., arXiv 1807.03748) of (B, m) both ways, other rows as negatives.

    Logits are the negative mean absolute difference, since that is what ranks in the end.
    """
    distance = torch.cdist(predicted.float(), target.float(), p=1.0) / predicted.shape[1]  # (B, B)
    logits = -distance * scale.exp().clamp_max(MAX_SCALE)
    same = torch.arange(len(logits), device=logits.device)  # row i belongs to column i
    there = functional.cross_entropy(logits, same)
    return 0.5 * (there + functional.cross_entropy(logits.T, same))
