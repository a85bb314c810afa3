"""From a sound to the preset that made it, in one forward pass: the estimator of InverSynth II.

The network is the one published with `pcmbs/synth-proxy` (after Barkan et al., "InverSynth II",
ISMIR 2023), to the last parameter. What is new is `SoftPreset`: categories reach the proxy as an
expectation over their steps, so that the perceptual loss has a gradient for them; the published one
took the most likely step, through which none goes. Shapes: B sounds, P parameters, `size` outputs.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from starling.models.proxy.network import Starling
from starling.models.proxy.parameter_space import Space

CHANNELS = (1, 8, 16, 32, 64, 128, 256, 512)
FIRST, OTHERS = 5, 4  # kernel sizes; stride and padding are 2 throughout
WIDE = 2048  # channels before the mean over time and frequency
SLOPE = 0.1  # of the leaky rectifiers
CATEGORY = 0.01  # weight of the sum of cross-entropies in the parameter loss
PERCEPTUAL = 10.0  # weight of the perceptual loss
Losses = Literal["parameters", "mix", "switch"]


@dataclass(frozen=True, slots=True)
class Config:
    """The published settings; `smoothing` of the labels was .02 for Dexed and .01 for Diva."""

    dropout: float = 0.3
    smoothing: float = 0.02


@dataclass(frozen=True)
class Layout:
    """Where each parameter's outputs lie: one for a number or a switch, one a step of a category.

    In the order of the parameters.
    """

    space: Space

    @cached_property
    def widths(self) -> tuple[int, ...]:
        """How many outputs each parameter has."""
        return tuple(k.steps if k.form == "cat" else 1 for k in self.space.knobs)

    @property
    def size(self) -> int:
        """How many outputs there are."""
        return sum(self.widths)

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """The first output of each parameter."""
        return tuple(sum(self.widths[:place]) for place in range(len(self.widths)))

    def places(self, form: str) -> list[int]:
        """The parameters of a form: num, bin or cat."""
        return [place for place, knob in enumerate(self.space.knobs) if knob.form == form]

    def columns(self, form: str) -> list[int]:
        """The outputs of the num or the bin parameters."""
        return [self.starts[place] for place in self.places(form)]

    def logits(self, outputs: Tensor, place: int) -> Tensor:
        """The outputs of one category: (B, steps)."""
        start = self.starts[place]
        return outputs[:, start : start + self.widths[place]]


class Estimator(nn.Module):
    """Log-mels (B, bands, frames) to outputs (B, size), which `Layout` gives a meaning.

    `low` and `high` are the training set's extremes, by which the input is scaled to 0..1.
    """

    low: Tensor
    high: Tensor

    def __init__(self, layout: Layout, config: Config) -> None:
        super().__init__()
        self.layout, self.config = layout, config
        blocks: list[nn.Module] = []
        for number, (before, after) in enumerate(itertools.pairwise(CHANNELS)):
            kernel = OTHERS if number else FIRST
            blocks += [nn.Conv2d(before, after, kernel, 2, 2), nn.LeakyReLU(SLOPE)]
            blocks += [nn.BatchNorm2d(after)] if number else []
        self.features = nn.Sequential(
            *blocks, nn.Conv2d(CHANNELS[-1], WIDE, 1), nn.LeakyReLU(SLOPE)
        )
        self.head = nn.Sequential(
            nn.Dropout(config.dropout),
            nn.Linear(WIDE, layout.size),
            nn.BatchNorm1d(layout.size),
        )
        self.register_buffer("low", torch.zeros(()))
        self.register_buffer("high", torch.ones(()))
        self.apply(_initialise)

    def fit(self, low: float, high: float) -> None:
        """Fit what is not trained by gradient: the extremes of the training set's log-mels."""
        self.low.fill_(low)
        self.high.fill_(max(high, low + 1e-6))

    def forward(self, log_mel: Tensor) -> Tensor:
        """(B, bands, frames) to (B, size)."""
        scaled = (log_mel - self.low) / (self.high - self.low)  # (B, bands, frames), 0..1
        mean = self.features(scaled[:, None]).mean(dim=(2, 3))  # (B, 2048)
        outputs: Tensor = self.head(mean)
        return outputs

    @torch.no_grad()
    def estimate(self, log_mel: Tensor) -> Tensor:
        """The presets (B, P) as a `Space` has them: 0..1, categories by index, switches 0 or 1."""
        self.eval()
        return decoded(self.layout, self(log_mel))


def _initialise(module: nn.Module) -> None:
    if isinstance(module, nn.Conv2d | nn.Linear):
        nn.init.kaiming_normal_(module.weight, SLOPE, nonlinearity="leaky_relu")
        if module.bias is not None:
            nn.init.zeros_(module.bias)


def decoded(layout: Layout, outputs: Tensor) -> Tensor:
    """Outputs (B, size) as presets (B, P) in 0..1; categories by index."""
    unit = torch.zeros(len(outputs), len(layout.widths), device=outputs.device)
    unit[:, layout.places("num")] = torch.sigmoid(outputs[:, layout.columns("num")]).float()
    unit[:, layout.places("bin")] = (outputs[:, layout.columns("bin")] > 0).float()
    for place in layout.places("cat"):
        unit[:, place] = layout.logits(outputs, place).argmax(dim=1).float()
    return unit


def agreement(layout: Layout, found: Tensor, target: Tensor) -> dict[str, float]:
    """How near presets (B, P) in 0..1 come to others: the numbers' mean error, and which share of
    switches and of categories is right. A form that the synth does not have is left out.
    """
    apart = (found - target).abs()
    places = {form: layout.places(form) for form in ("num", "bin", "cat")}
    figures = {"num_error": apart[:, places["num"]].mean().item()} if places["num"] else {}
    for form in ("bin", "cat"):
        if places[form]:
            figures[f"{form}_right"] = (apart[:, places[form]] < 0.5).float().mean().item()
    return figures


def parameter_loss(layout: Layout, outputs: Tensor, unit: Tensor, smoothing: float) -> Tensor:
    """L1 of the numbers plus cross-entropies of switches and categories, from outputs (B, size).

    `unit` (B, P) holds the presets as `decoded` gives them.
    """
    loss = outputs.new_zeros(())
    if places := layout.places("num"):
        given = torch.sigmoid(outputs[:, layout.columns("num")])  # (B, numbers)
        loss = loss + (given - unit[:, places]).abs().mean()
    if places := layout.places("bin"):
        switches = outputs[:, layout.columns("bin")]
        loss = loss + functional.binary_cross_entropy_with_logits(switches, unit[:, places])
    for place in layout.places("cat"):
        logits, step = layout.logits(outputs, place), unit[:, place].long()  # (B, steps), (B,)
        entropy = functional.cross_entropy(logits, step, label_smoothing=smoothing)
        loss = loss + CATEGORY * entropy
    return loss


class SoftPreset(nn.Module):
    """Reads a proxy with outputs instead of a preset: (B, size) and notes (B, 3) to (B, m).

    A number keeps its value and a switch its probability; a category is the expectation of its
    tokens under its probabilities. The proxy's own weights stay as they are.
    """

    def __init__(self, layout: Layout, proxy: Starling) -> None:
        super().__init__()
        self.layout, self.proxy = layout, proxy.eval().requires_grad_(False)

    def train(self, mode: bool = True) -> SoftPreset:
        """Set the flag only: the proxy stays in evaluation mode, without dropout."""
        self.training = mode
        return self

    def forward(self, outputs: Tensor, notes: Tensor) -> Tensor:
        """Differentiable in all outputs."""
        return self.proxy.embed(self.features(outputs), notes)

    def features(self, outputs: Tensor) -> Tensor:
        """The proxy's features (B, P, F) of outputs (B, size)."""
        layout = self.layout
        unit = decoded(layout, outputs)  # (B, P), hard
        soft = unit.clone()
        for form in ("num", "bin"):
            soft[:, layout.places(form)] = torch.sigmoid(outputs[:, layout.columns(form)])
        made = self.proxy.features(soft)  # (B, P, F)
        hot = made.shape[2] - self.proxy.features.rows  # where the steps' columns begin
        rows = list(made.unbind(dim=1))  # P of (B, F)
        for place in range(len(rows)):
            chances = self._chances(outputs, place)
            if chances is not None:
                end = hot + chances.shape[1]
                rows[place] = torch.cat([rows[place][:, :hot], chances, rows[place][:, end:]], 1)
        return torch.stack(rows, dim=1)

    def _chances(self, outputs: Tensor, place: int) -> Tensor | None:
        """Probabilities (B, steps) of a category's or a switch's steps; None for a number."""
        form = self.layout.space.knobs[place].form
        if form == "cat":
            return torch.softmax(self.layout.logits(outputs, place), dim=1)
        if form == "bin" and self.proxy.features.rows:
            on = torch.sigmoid(outputs[:, self.layout.starts[place]])
            return torch.stack([1 - on, on], dim=1)
        return None


def weights(kind: Losses, fraction: float) -> tuple[float, float]:
    """Of the parameter and the perceptual loss, at a fraction of the training.

    All begin with the parameters alone for a third; over the next third "mix" goes over to half of
    each, "switch" to the perceptual loss alone.

    >>> weights("mix", 0.5), weights("switch", 1.0)
    ((0.75, 2.5), (0.0, 10.0))
    """
    ramp = min(max(3 * fraction - 1, 0.0), 1.0)
    share = {"parameters": 0.0, "mix": 0.5 * ramp, "switch": ramp}[kind]
    return 1 - share, PERCEPTUAL * share
