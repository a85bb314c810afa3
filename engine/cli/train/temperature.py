"""The usual temperature of a texture model, found under a bar."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from starling.engine.cli.output import progress
from starling.models.errors import StarlingError
from starling.models.training.budget import Budget

if TYPE_CHECKING:
    from starling.models.datasets.album import Album

SHARE, MOST_SECONDS = 0.05, 90.0  # of a run's budget


def seconds_of(budget: Budget) -> float:
    """How much of a run's time is for the temperature."""
    return min(MOST_SECONDS, SHARE * 60 * budget.minutes) if budget.minutes else MOST_SECONDS


def try_fit(card: Path, album: Album, seconds: float) -> None:
    """Give the model at `card` its usual temperature; where none is found, say why on stderr."""
    try:
        fit(card, album, time.monotonic() + seconds)
    except StarlingError as error:
        click.echo(f"the temperature stays as it is: {error}", err=True)


def fit(card: Path, album: Album, until: float) -> None:
    """Find and store the temperature of the model at `card`, trained on this album.

    Raises InputError and MissingError as `temperature.fit`.
    """
    from starling.models.artifacts import catalogue
    from starling.models.evaluation.textures import temperature

    with progress("Fitting the temperature") as bar:
        found = temperature.fit(catalogue.read(card), album, until, lambda done: bar(done, ""))
    temperature.store(card, found)
    heard = f"{found.seconds:.0f} s of each of {len(found.distances)}"
    click.echo(f"temperature {found.temperature:g}, the nearest: {heard}", err=True)
