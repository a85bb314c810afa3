"""`starling dataset info` and `verify`: what a data set holds, and whether it is whole."""

from __future__ import annotations

from pathlib import Path

import click

from starling.engine.cli.dataset.about import show_about
from starling.engine.cli.options import PATH, json_option
from starling.engine.cli.output import say_json, say_table
from starling.engine.config import folders


@click.command()
@click.argument("folder")
@json_option
def info(folder: str, as_json: bool) -> None:
    """Say what a data set holds. FOLDER is a path such as ./set, or the name of one of sounds.

    Of sounds: classes, refusals, duplicates, licences. Of presets: kinds, refusals, determinism.
    """
    from dataclasses import asdict

    from starling.models.datasets import store
    from starling.presets.datasets.report import info as read_info

    place = store.find(folder, folders().sounds)
    if store.is_sound_set(place):
        _show_sounds(place, as_json)
        return
    found = asdict(read_info(place))
    if as_json:
        say_json(found)
        return
    say_table(("field", "value"), [(name, _shown(value)) for name, value in found.items()])


def _show_sounds(place: Path, as_json: bool) -> None:
    """Describe a data set of sounds. Raises ParseError."""
    from starling.models.datasets import store

    about = store.read(place)
    if as_json:
        say_json({"path": place, **about})
        return
    show_about(about, place)
    rows = [(each["files"], each["licence"], each["attribution"]) for each in about["licence"]]
    say_table(("files", "licence", "attribution"), rows)


def _shown(value: object) -> str:
    """A field's value as one line of text."""
    if isinstance(value, dict):
        return ", ".join(f"{count} {name}" for name, count in value.items()) or "-"
    if isinstance(value, list):
        return ", ".join(":".join(f"{part:g}" for part in note) for note in value)
    return str(value)


@click.command()
@click.argument("folder", type=PATH)
@json_option
def verify(folder: Path, as_json: bool) -> None:
    """Read every shard and compare its checksum; exit code 1 names those that are not whole.

    Rendering with the same options makes them again.
    """
    from starling.presets.datasets.report import verify as find_damage

    damaged = find_damage(folder)
    if as_json:
        say_json(damaged)
    elif damaged:
        say_table(("shard", "state"), list(damaged.items()))
    else:
        click.echo(f"all shards are complete: {folder}")
    if damaged:
        names = ", ".join(list(damaged)[:3]) + (" and more" if len(damaged) > 3 else "")
        raise click.ClickException(
            f"{len(damaged)} shards are not whole ({names}); the `dataset render` command that "
            "made the folder makes them again"
        )
