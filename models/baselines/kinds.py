"""The published models by kind: sizes, recipes, networks. What trains and plays them reads this."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from starling.models.baselines import dense_gan, spectral_vae
from starling.models.baselines.magnitude_stft import settings_from
from starling.models.errors import InputError, ParseError


@dataclass(frozen=True, slots=True)
class Baseline:
    """One published model. `network` is what is trained, `decoder` the part of it that plays."""

    title: str
    config: Callable[..., Any]
    network: Callable[[Any], Any]  # .rates(), .measure(), .decoder(), forward(windows)
    decoder: Callable[[Any], nn.Module]  # (B, latent) -> (B, frames, bins)
    recipes: Mapping[str, Any]
    default: str
    limits: tuple[str, ...]


BASELINES = {
    "dense_gan": Baseline(
        "Dense GAN (baseline)",
        dense_gan.Config,
        dense_gan.DenseGan,
        dense_gan.DenseGenerator,
        dense_gan.RECIPES,
        dense_gan.DEFAULT,
        ("A published model for comparison: zero phase, so every sound buzzes at 108 Hz.",),
    ),
    "spectral_vae": Baseline(
        "Spectral VAE (baseline)",
        spectral_vae.Config,
        spectral_vae.SpectralVae,
        spectral_vae.DenseDecoder,
        spectral_vae.RECIPES,
        spectral_vae.DEFAULT,
        (
            "A published model for comparison: zero phase, so every sound buzzes at 160 Hz.",
            "Three numbers stand for a sound: what comes out are blends.",
        ),
    ),
}


def recipe(kind: str, name: str = "") -> Any:
    """The configuration of a published recipe; the default one where no name is given.

    Raises InputError.
    """
    if kind not in BASELINES:
        raise InputError(f"model must be one of {', '.join(BASELINES)}, got {kind!r}")
    known = BASELINES[kind]
    if (name or known.default) not in known.recipes:
        raise InputError(f"recipe of {kind} must be {' or '.join(known.recipes)}, got {name!r}")
    return known.recipes[name or known.default]


def config_from(kind: str, entry: dict[str, Any]) -> Any:
    """Rebuild a configuration from a card or a checkpoint. Raises ParseError."""
    try:
        fields = dict(entry)
        front = settings_from(fields.pop("front"))
        listed = {name: tuple(value) for name, value in fields.items() if isinstance(value, list)}
        return BASELINES[kind].config(**(fields | listed), front=front)
    except (TypeError, KeyError) as error:
        raise ParseError("the model card's network configuration is not of this version") from error


def decoder_with(kind: str, config: Any, tensors: dict[str, Tensor]) -> nn.Module:
    """The playing part with these weights, never drawn at random first. Raises ParseError."""
    import torch

    try:
        with torch.device("meta"):
            decoder = BASELINES[kind].decoder(config)
        decoder.load_state_dict(
            {name: value.float() for name, value in tensors.items()}, assign=True
        )
    except (RuntimeError, TypeError) as error:
        raise ParseError(f"the weights do not fit the configuration of a {kind}") from error
    return decoder.eval()
