"""What an embedder is: a function from sound to vector, and what an index must know of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from starling.models.errors import MissingError

Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Families:
    """What an embedder knows of families of instruments, beside its vectors.

    `recording` is how much the family counts for a sound from elsewhere, 0 to 1. `scales` are
    points (cosine, score) by use: `preset`, `recording` and `words`. `words` turns a text into a
    vector of the second part, or None where no word of it is known.
    """

    recording: float
    scales: Mapping[str, tuple[tuple[float, float], ...]]
    words: Callable[[str], Array | None]


@dataclass(frozen=True, slots=True)
class Embedder:
    """`embed` takes mono float32 (frames,) at `sample_rate`, uses the first `frames`, pads zeros.

    An index remembers `key`; vectors of different keys are never compared. `metric` says how
    those of one key are: as z-scores, or unit vectors by their cosine.
    """

    name: str
    version: int
    sample_rate: int
    frames: int
    size: int
    embed: Callable[[Array], Array]
    metric: Literal["zscore", "cosine"] = "zscore"
    weights_hash: str = ""  # hex; of pretrained weights
    mels: Callable[[Array], Array] | None = None  # log-mels (n, 64, 51) to (n, size)
    weights: Path | None = None  # the user's file or folder, where the name does not say it
    light: bool = True  # starts no threads, so that it may run in a synth's process
    parts: tuple[int, int] | None = None  # of a vector: which sound it is, and of which family
    families: Families | None = None  # what belongs to the second part

    @property
    def key(self) -> str:
        """Name, version and weights, as the index stores them."""
        digest = f":{self.weights_hash[:12]}" if self.weights_hash else ""
        return f"{self.name}/{self.version}{digest}"

    def embed_many(self, signals: Array) -> Array:
        """Vectors (n, size) of signals (n, frames)."""
        return np.stack([self.embed(signal) for signal in signals]).reshape(-1, self.size)

    def from_log_mel(self, mels: Array) -> Array:
        """Vectors (n, size) of log-mels (n, 64, 51) at the standard level, as datasets hold them.

        Raises MissingError for a pretrained one, which takes other features.
        """
        if self.mels is None:
            raise MissingError(
                f"{self.name} listens to sounds, not to log-mels; for rendered datasets use "
                "timbre or classical"
            )
        return self.mels(np.asarray(mels, np.float32))
