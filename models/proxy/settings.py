"""The settings of a run that trains a preset encoder: budget, optimiser, schedule and loss."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from starling.models.proxy import published_networks
from starling.models.proxy.encoder import OURS
from starling.models.training.device import Precision
from starling.models.training.schedule import cosine

WARM_UP = 0.05  # share of the budget over which the rate rises from 0


@dataclass(frozen=True, slots=True)
class Settings:
    """One run. `minutes` or `steps` ends it, whichever comes first; 0 means no limit.

    The defaults are ours; `for_encoder` gives the published ones for a published encoder.
    """

    minutes: float = 0.0
    steps: int = 0
    seed: int = 0
    threads: int = 0  # 0 leaves torch's choice
    batch: int = 256
    rate: float = 3e-3  # high, as budgets are short; gradients are clipped
    betas: tuple[float, float] = (0.9, 0.99)
    eps: float = 1e-8
    decay: float = 0.05  # small data: tens of thousands of presets
    clip: float = 1.0  # 0: none
    average: float = 0.999  # EMA; 0: none
    schedule: Literal["warm", "published"] = "warm"
    contrast: float = 1.5  # weight of InfoNCE beside L1; 0: L1 alone
    standardise: bool = True
    every_note: bool = True  # train on all notes of the renders; else on the first
    valid_steps: int = 200
    save_seconds: float = 60.0
    accelerator: str = "auto"
    devices: int = 1
    precision: Precision = "32-true"  # "bf16-mixed" on a GPU

    def learning_rate(self, fraction: float) -> float:
        """Linear warm-up and one cosine to 0, or the published schedule."""
        if self.schedule == "published":
            return published_networks.published_rate(self.rate, fraction)
        return self.rate * min(1.0, (fraction + 1e-4) / WARM_UP) * cosine(fraction, 0.0)


def for_encoder(encoder: str, synth: str, budget: Settings) -> Settings:
    """`budget` with the encoder's own recipe: ours, or the published one for this synth."""
    if encoder == OURS:
        return budget
    recipe = published_networks.recipe(encoder, synth)
    return replace(
        budget,
        batch=recipe.batch,
        rate=recipe.rate,
        betas=recipe.betas,
        eps=recipe.eps,
        decay=0.0,
        clip=0.0,
        average=0.0,
        schedule="published",
        contrast=0.0,
        standardise=False,
        every_note=False,
    )
