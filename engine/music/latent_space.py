"""Pieces by the latents of NES-Music-Maker's VAE: MIDI files to latents, latents to pieces.

A latent stands for one piece of eight measures of 96 frames, 32 s at 24 frames a second. In: a
card, and MIDI files or files of latents. Next: `models/composer/baselines/latents`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from starling.engine.music import chip_controls, pieces, prompts
from starling.engine.music.pieces import Piece
from starling.models.artifacts import catalogue
from starling.models.artifacts.catalogue import ModelCard
from starling.models.composer import songs
from starling.models.composer.baselines import generator, kinds, latents
from starling.models.composer.baselines.latents import LEAST, Latents, Stored
from starling.models.composer.baselines.measure_vae import MeasureVae
from starling.models.dsp.signal import shown_name
from starling.models.errors import InputError
from starling.models.nes.scores.in_time import Beats
from starling.models.nes.scores.score import RATE, Frames

KIND = kinds.KINDS["vae"].card
BEATS = 4  # of a measure
MIDI = (".mid", ".midi")


@dataclass(frozen=True, slots=True, eq=False)
class Space:
    """A trained VAE and its card."""

    card: ModelCard
    network: MeasureVae

    @property
    def length(self) -> int:
        """Frames of a piece."""
        return self.network.config.measures * self.network.config.frames

    @property
    def beats(self) -> Beats:
        """The time of a piece: quarters of a measure."""
        frames = self.network.config.frames // BEATS
        return Beats(60 * RATE / frames, frames)

    def stored(self, found: Latents, names: tuple[str, ...]) -> Stored:
        """Latents (n, latent) with names, as they are kept in files."""
        return Stored(found, names, self.card.weights_hash)


def load(path: Path) -> Space:
    """The VAE of a card. Raises InputError (another kind), MissingError and ParseError."""
    card = catalogue.read(path)
    if card.kind != KIND:
        raise InputError(
            f"model {card.name} is of kind {card.kind}, not {KIND}; "
            "`starling train composer-baseline --kind vae` makes one"
        )
    return Space(card, generator.load(card))


def encode(space: Space, notes: Frames) -> Latents:
    """The latents (n, latent) of a song (N, 4), piece after piece; the last is filled up."""
    filled = -len(notes) % space.length
    whole = np.concatenate([notes, np.zeros((filled, notes.shape[1]), np.uint8)])
    return latents.encode(space.network, kinds.pieces_of(songs.of([whole]), space.network.config))


def read(space: Space, text: str) -> Stored:
    """The latents of a MIDI file, of a file of latents, or of one row of it, `FILE:ROW` from 1.

    Raises InputError (no such row, another model's latents, no notes), MissingError, ParseError.
    """
    path = Path(text)
    if path.suffix.lower() in MIDI:
        found = encode(space, prompts.read(path, RATE).notes)
        return space.stored(found, tuple(f"{path.stem} {at}" for at, _ in enumerate(found, 1)))
    name, _, row = text.rpartition(":")
    if name and row.isdecimal():
        return _row(_own(space, Path(name)), Path(name), int(row))
    return _own(space, path)


def _own(space: Space, path: Path) -> Stored:
    """A file of latents that are this model's."""
    stored = latents.load(path)
    width = space.network.config.latent
    if stored.weights != space.card.weights_hash or stored.latents.shape[1] != width:
        raise InputError(
            f"{shown_name(path)} holds latents of another model than {space.card.name}; "
            "they mean nothing to it"
        )
    return stored


def _row(stored: Stored, path: Path, row: int) -> Stored:
    count = len(stored.latents)
    if not 1 <= row <= count:
        raise InputError(f"{shown_name(path)} has the rows 1..{count}, got {row}")
    return Stored(stored.latents[row - 1 : row], stored.names[row - 1 : row], stored.weights)


def piece(space: Space, latent: Latents, name: str, least: float = LEAST) -> Piece:
    """The piece of a latent (latent,): the notes whose output is `least` or more, on the chip."""
    [notes] = latents.decode(space.network, latent[None], least)
    controls = {each.name: each.default for each in chip_controls.CONTROLS}
    return pieces.sounding(notes, space.beats, name, controls)
