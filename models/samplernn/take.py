"""What one voice plays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from starling.models.kernels import library
from starling.models.samplernn.sampling import mixed

KIND = "samplernn"  # of a card
STARTS = "starts"  # among the weights: levels (moments, samples) to begin after
START_LABELS = "start_labels"  # the label (moments,) of each
SCALES = "scales."  # begins the names of int8's scales among the weights
MIX = "mix_"  # begins the name of the control that weighs a label
PYTORCH = "pytorch"


@cache
def substitute() -> str:
    """What plays takes where the compiled kernel is missing; empty where it is there.

    Its float32 gives other samples than the kernel's int8, so recipes name it. A process stays with
    what it began with, also when the kernel is compiled meanwhile.
    """
    return "" if library.available() else PYTORCH


@dataclass(frozen=True, slots=True)
class Take:
    """A seed (0..2147483647) and canonical controls; equal takes give equal bytes.

    A `prime` (frames,) at the card's rate is run through all tiers before the first sample: the
    take goes on from it.
    """

    seed: int
    controls: Mapping[str, float]
    prime: NDArray[np.float32] | None = None

    def seed_of(self, restarts: int) -> int:
        """The seed of the sequence that begins after so many restarts."""
        return mixed(self.seed + (restarts << 32)) if restarts else self.seed

    def with_controls(self, controls: Mapping[str, float]) -> Take:
        """The same take with some controls changed."""
        return replace(self, controls={**self.controls, **controls})
