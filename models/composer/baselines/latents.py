"""The VAE's latents: where those of songs lie, and what can be done with them before decoding.

Axes and spreads are those of the latents' covariance, by its singular values, as NES-Music-Maker
draws: a latent is the mean, plus along each axis so many standard deviations.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from starling.models.composer.baselines.measure_vae import MeasureVae
from starling.models.composer.songs import VOICES, Frames, from_classes
from starling.models.errors import InputError, MissingError, ParseError
from starling.models.nes.scores.nesmdb import DAMAGED
from starling.models.replacing import replaced

FORMAT = 1  # of a file of latents
LEAST = 0.3  # that an output must reach to be a note; NES-Music-Maker's p_min is its user's choice
LEAST_SPREAD = 1e-3  # of the largest, below which an axis holds rounding errors
TOGETHER = 64  # pieces that are encoded at a time

Latents = NDArray[np.float32]


@torch.no_grad()
def encode(network: MeasureVae, pieces: NDArray[np.integer]) -> Latents:
    """The mean latents (n, latent) of pieces (n, voices, measures, frames) of classes."""
    found = [
        network.encode(torch.from_numpy(pieces[at : at + TOGETHER]).long())[0].numpy()
        for at in range(0, len(pieces), TOGETHER)
    ]
    return np.concatenate([np.zeros((0, network.config.latent), np.float32), *found])


@torch.no_grad()
def classes(network: MeasureVae, latents: Latents, least: float = LEAST) -> NDArray[np.int64]:
    """Classes (n, voices, frames) of latents (n, latent).

    In each voice the note with the largest output sounds, if that is `least` or more.
    """
    found = []
    for outputs in network.decode(torch.from_numpy(latents)):
        largest, note = outputs.flatten(1, 2).max(-1)
        found.append(torch.where(largest >= least, note + 1, 0).numpy())
    return np.stack(found, axis=1)


def decode(network: MeasureVae, latents: Latents, least: float = LEAST) -> list[Frames]:
    """The notes (measures x frames, 4) of each of latents (n, latent); a reduced model's are P1."""
    found = classes(network, latents, least)
    whole = np.zeros((len(found), found.shape[2], len(VOICES)), np.int64)
    whole[..., : found.shape[1]] = found.transpose(0, 2, 1)
    return [from_classes(each) for each in whole]


def fill(network: MeasureVae, pieces: NDArray[np.integer]) -> None:
    """Give a trained network the mean, axes and spreads of the latents of its training pieces.

    The axes are rows, the one with most spread first; along those with hardly any there is none.
    """
    found = encode(network, pieces)
    mean = found.mean(axis=0)
    around = (found - mean).astype(np.float64)
    _, variances, axes = np.linalg.svd(around.T @ around / max(1, len(found) - 1))
    scales = np.sqrt(variances)
    scales[scales < LEAST_SPREAD * scales[0]] = 0
    network.space_mean.copy_(torch.from_numpy(mean))
    network.space_axes.copy_(torch.from_numpy(axes))
    network.space_scales.copy_(torch.from_numpy(scales))


def at(network: MeasureVae, deviations: Latents) -> Latents:
    """Latents (n, latent) that lie so many standard deviations (n, latent) along the axes."""
    mean, axes, scales = (
        each.numpy() for each in (network.space_mean, network.space_axes, network.space_scales)
    )
    return np.asarray(mean + (deviations * scales) @ axes, np.float32)


def deviations(network: MeasureVae, latents: Latents) -> Latents:
    """Where latents (n, latent) lie: the inverse of `at`, and 0 along axes without spread."""
    mean, axes, scales = (
        each.numpy() for each in (network.space_mean, network.space_axes, network.space_scales)
    )
    along = (latents - mean) @ axes.T
    return np.asarray(np.divide(along, scales, out=np.zeros_like(along), where=scales > 0))


def draw(network: MeasureVae, count: int, seed: int = 0) -> Latents:
    """Latents (count, latent) by chance, spread as those of the training pieces are."""
    random = np.random.default_rng(seed)
    return at(network, random.standard_normal((count, network.config.latent)).astype(np.float32))


def edit(network: MeasureVae, latent: Latents, axis: int, by: float) -> Latents:
    """A latent (latent,) moved along an axis, the one with most spread being 0.

    `by` is in standard deviations. Raises InputError for an axis that there is not.
    """
    count = network.config.latent
    if not 0 <= axis < count:
        raise InputError(f"axis must be 0..{count - 1}, got {axis}")
    step = network.space_scales[axis] * network.space_axes[axis]
    return np.asarray(latent + np.float32(by) * step.numpy())


def interpolate(first: Latents, last: Latents, count: int) -> Latents:
    """Latents (count, latent) on the way from one to another, both included.

    Raises InputError for fewer than two.
    """
    if count < 2:
        raise InputError(f"at least 2 latents lie between two, both included; got {count}")
    shares = np.linspace(0, 1, count, dtype=np.float32)[:, None]
    return np.asarray(first + shares * (last - first))


@dataclass(frozen=True, slots=True)
class Stored:
    """Latents (n, latent) by name, and the hash of the weights that they belong to."""

    latents: Latents
    names: tuple[str, ...]
    weights: str


def save(path: Path, stored: Stored) -> None:
    """Write latents as npz, by rename."""
    with replaced(path) as part, part.open("wb") as file:
        np.savez(
            file,
            format=np.array(FORMAT),
            latents=stored.latents,
            names=np.array(stored.names, dtype=np.str_),
            weights=np.array(stored.weights),
        )


def load(path: Path) -> Stored:
    """What `save` wrote.

    Raises MissingError (no such file) and ParseError (no such file of latents, unknown format).
    """
    if not path.is_file():
        raise MissingError(f"there is no file {path}", code="no_file")
    try:
        with np.load(path, allow_pickle=False) as file:
            format, latents, names = int(file["format"]), file["latents"], file["names"]
            weights = str(file["weights"])
    except DAMAGED as error:
        raise ParseError(f"{path.name} is no npz file of latents") from error
    if format != FORMAT:
        raise ParseError(f"{path.name} has latents of format {format}; this is format {FORMAT}")
    if latents.dtype != np.float32 or latents.ndim != 2 or len(names) != len(latents):
        raise ParseError(
            f"{path.name}: latents must be float32 (n, latent) with n names; "
            f"got {latents.dtype} {latents.shape} and {len(names)} names"
        )
    return Stored(latents, tuple(map(str, names)), weights)
