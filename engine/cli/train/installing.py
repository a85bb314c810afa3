"""A model that makes sounds, trained: its name, its place in the plugin's list, its samples."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import click

from starling.engine.config import folders
from starling.models.errors import InputError
from starling.models.replacing import replaced
from starling.models.training.session import require_folder

SAMPLE_SECONDS = 240.0  # between two sets of samples: making one takes up to ten

install_option = click.option(
    "--install/--no-install", default=True, help="List it in the engine and the plugin."
)


def model_name(data: Path, fallback: str) -> str:
    """A model's name from its folder's: lower case, hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", data.name.lower()).strip("-") or fallback


def model_title(name: str) -> str:
    """A title from a name."""
    return name.replace("-", " ").title()


def require_own(name: str) -> None:
    """Raise InputError where a model could not be listed, before it is trained.

    With a name of ours, projects that use ours would suddenly sound otherwise.
    """
    from starling.models.artifacts import catalogue

    require_folder(folders().models, "the folder of models")
    if name in catalogue.every():
        raise InputError(
            f"{name} is the name of a model that comes with Starling; give another with --name, or "
            "train with --no-install",
            code="bad_name",
        )


def install(card: Path) -> str:
    """Copy weights, then card, into the folder that the engine reads; return the new card."""
    target = folders().models
    target.mkdir(parents=True, exist_ok=True)
    for suffix in (".safetensors", ".json"):
        with replaced(target / f"{card.stem}{suffix}") as part:
            shutil.copyfile(card.with_suffix(suffix), part)
    return str(target / card.name)


class EverySoOften:
    """Calls at most once in SAMPLE_SECONDS."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def __call__(self, work: Callable[[], None]) -> None:
        """Do the work, if it is time."""
        if time.monotonic() - self._last >= SAMPLE_SECONDS:
            work()
            self._last = time.monotonic()
