"""What is predicted, as the network takes it. Shapes: B sequences, T samples."""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
from torch import Tensor, nn

from starling.models.samplernn import prediction
from starling.models.samplernn.parts.levels import level_features
from starling.models.samplernn.quantiser import LEVELS, Quantiser

EXPECTED_SCALE = 0.1  # of what a predicted level adds to the first layer, at the beginning
FEWEST_OFF = 0.3  # levels: no excess begins narrower


@cache
def scale_of(quantiser: Quantiser, device: torch.device) -> tuple[Tensor, Tensor]:
    """Each level's sample (256,) and its distance from the next (256,), as `prediction` has them.

    float64.
    """
    numbers = prediction.tables(quantiser)
    values = (numbers.samples.tolist(), (numbers.steps / 2).tolist())
    samples, steps = (torch.tensor(each, dtype=torch.float64, device=device) for each in values)
    return samples, steps


class Expected(nn.Module):
    """What is predicted: what it adds to the first layer, and logits of levels by their distances.

    The perceptron names how far from the predicted sample the next one is, on either side alike and
    in samples: what is drawn is on average what was predicted. A network that names levels learns
    to pull them outwards, as the predictor lags behind, and when it hears itself its tones grow.
    """

    def __init__(self, quantiser: Quantiser, width: int) -> None:
        super().__init__()
        self.level = nn.Embedding(LEVELS, width)
        self.spread = nn.Embedding(prediction.SPREADS, width)
        nn.init.zeros_(self.spread.weight)
        features = level_features(16)
        drawn = features @ torch.randn(features.shape[1], width) * EXPECTED_SCALE
        self.level.weight = nn.Parameter(drawn)
        self.excess = nn.Parameter(torch.zeros(prediction.SPREADS, LEVELS))  # by distance
        sizes = torch.tensor(prediction.spread_sizes().tolist())
        self.rates = nn.Parameter(1 / sizes.clamp(min=FEWEST_OFF))  # (26,), of a level's step
        steps = prediction.tables(quantiser).steps  # a wide level is likelier
        self.biases = nn.Parameter(torch.tensor(np.log(steps / steps.min()).tolist()))  # (256,)
        self.quantiser: Quantiser = quantiser

    def forward(self, expected: Tensor) -> Tensor:
        """Of what is predicted (B, T, 3): (B, T, mlp) for the first layer."""
        level, spread, _ = expected.unbind(2)
        found: Tensor = self.level(level) + self.spread(spread)
        return found

    def spread_out(self, expected: Tensor, shape: Tensor) -> Tensor:
        """Logits (B, T, 256) of levels; `shape` (B, T, 256) has those of distances, by bin.

        A bin is a sixteenth of an octave of 1 and the distance in steps of the predicted level.
        """
        level, spread, offset = expected.unbind(2)
        samples, steps = scale_of(self.quantiser, level.device)
        middle = samples[level] + (offset - 128) * (steps[level] / 256)  # (B, T)
        inverse = (1 / steps).float()[level][..., None]  # (B, T, 1)
        away = (samples.float() - middle.float()[..., None]).abs()  # (B, T, 256)
        bits = (1 + away * inverse).view(torch.int32) >> (23 - prediction.BIN_BITS)
        bins = (bits - (127 << prediction.BIN_BITS)).clamp(max=LEVELS - 1).long()
        fallen = (away * -(self.rates[spread][..., None] * inverse)).clamp(min=-prediction.FARTHEST)
        return fallen + (shape + self.excess[spread]).gather(2, bins) + self.biases
