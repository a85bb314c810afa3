"""What the engine needs of a loaded model: its sounds, and of some kinds a latent space."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from numpy.typing import NDArray

from starling.models.errors import InputError

if TYPE_CHECKING:  # the CLI's start must not pay for what it does not use
    import numpy as np

    from starling.models.artifacts.catalogue import ModelCard
    from starling.models.oneshot.latent_point import Point

TORCH_THREADS = 1  # a one-shot is too small to split; the DAW needs the other cores


class Generator(Protocol):
    """What the engine needs of a loaded model; `models/oneshot/generator.py` has the real one."""

    def generate(self, seed: int, controls: dict[str, float]) -> NDArray[np.float32]:
        """A sound (channels, frames), peak <= 1; the same input gives the same bytes."""
        ...


@runtime_checkable
class Latent(Protocol):
    """A loaded model whose sounds lie in a latent space; not every kind has one."""

    def generate(
        self, seed: int, controls: dict[str, float], point: Point | None = None
    ) -> NDArray[np.float32]:
        """As Generator.generate; a point stands in for the class and for what the seed draws."""
        ...

    def point(self, seed: int, controls: dict[str, float]) -> Point:
        """Where the sound of a seed lies."""
        ...

    def encode(
        self,
        signal: NDArray[np.float32],
        sample_rate: int,
        progress: Callable[[float], None] = ...,
    ) -> Point:
        """Where a sound (frames,) that the model did not make lies; takes seconds."""
        ...


Loader = Callable[["ModelCard"], Generator]


def load_quietly(card: ModelCard) -> Generator:
    """Load a model for real, with torch kept to TORCH_THREADS cores."""
    import torch

    from starling.models.artifacts.catalogue import load_generator

    torch.set_num_threads(TORCH_THREADS)
    return load_generator(card)


def as_latent(generator: Generator, card: ModelCard) -> Latent:
    """A loaded model as one with a latent space. Raises InputError (code `no_latent`)."""
    if not isinstance(generator, Latent):
        raise InputError(
            f"model {card.name} (of kind {card.kind}) has no latent space: its sounds cannot be "
            "encoded, varied or morphed",
            code="no_latent",
        )
    return generator
