"""How a command takes a data set of sounds: by its folder, by its name, or the default."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from starling.engine.config import folders

BUILT_IN = "sines"
SCORES_SUFFIX = ".npz"


def find_sounds(word: str) -> Path:
    """The folder of a data set of sounds, by path or name; `sines` is made when it is not there.

    Raises MissingError.
    """
    from starling.models.datasets import sines, store

    home = folders().sounds
    if word == BUILT_IN and word not in store.names(home):
        return sines.make(sines.Sines(), home)[0]
    return store.find(word, home)


def given_or_default(ctx: click.Context, param: click.Parameter, value: Path | None) -> Path:
    """The folder given with an option, else what `use` chose; a callback of click's options."""
    from starling.models.datasets import store

    if value is not None:
        return value
    default = store.choices(folders().choices)["default"]
    if not default:
        raise click.MissingParameter(ctx=ctx, param=param)
    return SoundFolder().convert(default, param, ctx)


class Scores(click.ParamType):  # type: ignore[type-arg]
    """Scores: an .npz or a folder by its path, or the name of a data set of scores."""

    name = "path or name"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """A path stays as it is; a missing name is a sentence, exit code 1."""
        from starling.models.datasets import store
        from starling.models.errors import StarlingError

        text = str(value)
        if isinstance(value, Path) or store.is_path(text) or text.endswith(SCORES_SUFFIX):
            return Path(value)
        try:
            return store.find(text, folders().sounds)
        except StarlingError as error:
            raise click.ClickException(str(error)) from error


def scores_options(purpose: str) -> Callable[[Any], Any]:
    """`--data` and `--held-out` of a trainer of scores; the purpose is that of the second."""
    data = click.option(
        "--data",
        type=Scores(),
        required=True,
        help="An npz of scores, a folder with splits, or a name.",
    )
    held_out = click.option(
        "--held-out",
        type=Scores(),
        help=f"Songs to {purpose} by, given as --data is; 1 in 20 of its songs, if not given.",
    )
    return lambda command: data(held_out(command))


class SoundFolder(click.ParamType):  # type: ignore[type-arg]
    """A folder of class folders, by its path or as the name of a data set."""

    name = "folder or name"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Find the folder; a missing one is a sentence, exit code 1."""
        from starling.models.errors import StarlingError

        try:
            return value if isinstance(value, Path) else find_sounds(str(value))
        except StarlingError as error:
            raise click.ClickException(str(error)) from error
