"""Configurations by name, each with the settings of training that go with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from starling.models.samplernn.network import (
    Config,
    LevelNetwork,
    SampleRNN,
    smooth_sample_rnn,
)
from starling.models.samplernn.plain_gru import PlainGRU
from starling.models.samplernn.take import KIND

EMPHASIS = 0.85  # LPCNet's
ORDER = 256  # of the prediction: 16 ms at 16 kHz, a period of 62 Hz
PITCHED = 2.0  # bits a sample that it must save alone; noise that is led by it grows (docs)


@dataclass(frozen=True, slots=True)
class Recipe:
    """A network and how it is trained: batch, window and learning rate."""

    text: str  # for people
    config: Config
    batch: int  # sequences side by side
    window: int  # samples of truncated back-propagation
    rate: float
    clip_value: float = 0.0  # of each number of the gradient, as published; 0: none
    clip_norm: float = 0.0  # of the whole gradient; 0: none
    jitter: float = 0.0  # levels of noise that the network learns to come back from; 0: none
    network: Callable[[Config], LevelNetwork] = SampleRNN
    kind: str = KIND  # of the card
    final_rate: float = 0.02  # of the highest, at the end of the cosine; 1: constant

    @property
    def plays(self) -> bool:
        """Whether what it trains makes sounds."""
        return self.kind == KIND


RECIPES = {
    "compact": Recipe(
        "for CPUs: one layer, a narrow embedding, shared upsampling, a thin perceptron",
        Config(
            quantiser="mu-law",
            emphasis=EMPHASIS,
            prediction=ORDER,
            dim=256,
            layers=1,
            embedding=16,
            mlp=256,
            shared_upsampling=True,
            weight_norm=False,
        ),
        batch=8,
        window=512,
        rate=2e-3,
        clip_norm=1.0,
        network=smooth_sample_rnn,
    ),
    "published": Recipe(
        "as in the paper's PyTorch port: 51.8 million parameters, for GPUs",
        Config(),
        batch=128,
        window=1024,
        rate=1e-3,
        clip_value=1.0,
        final_rate=1.0,
    ),
    "plain_gru": Recipe(
        "a baseline of compact's cost a sample, without tiers; it cannot be played",
        Config(
            quantiser="mu-law",
            emphasis=EMPHASIS,
            dim=216,
            layers=1,
            embedding=16,
            mlp=216,
            weight_norm=False,
        ),
        batch=8,
        window=512,
        rate=2e-3,
        clip_norm=1.0,
        network=PlainGRU,
        kind="plain_gru",
    ),
}
