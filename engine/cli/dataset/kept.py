"""`starling dataset list`, `use`, `remove` and `make`: the data sets that are kept here."""

from __future__ import annotations

from pathlib import Path

import click

from starling.engine.cli.options import count_option, json_option, seed_option
from starling.engine.cli.output import progress, say_json, say_table
from starling.engine.cli.sound_sets import BUILT_IN, find_sounds
from starling.engine.config import folders

TRAINED_BY = {"album": ("an album", "samplernn"), "nes": ("a set of scores", "nes")}
KINDS = {"album": "album", "nes": "scores"}  # what a set is of, by its field `as`


@click.command("list")
@json_option
def list_sets(as_json: bool) -> None:
    """List the data sets: of sounds, albums, and presets rendered on this machine.

    The one marked * is the default of `starling train oneshot`.
    """
    rows = [*_sound_rows(), *_rendered_rows()]
    if as_json:
        say_json(rows)
        return
    columns = ("", "name", "of", "count", "classes", "where")
    say_table(columns, [tuple(row[name or "default"] for name in columns) for row in rows])


def _row(
    name: str, kind: str, count: object, classes: object, where: object, default: str = ""
) -> dict[str, object]:
    """A line of the list; `default` is the name that gets the mark."""
    return {
        "default": "*" if default == name else "",
        "name": name,
        "of": kind,
        "count": count,
        "classes": classes,
        "where": str(where),
    }


def _sound_rows() -> list[dict[str, object]]:
    from starling.models.datasets import store
    from starling.models.errors import ParseError

    home, default = folders().sounds, store.choices(folders().choices)["default"]
    rows = []
    for name in store.names(home):
        try:
            about = store.read(home / name)
            count, classes = len(about["sounds"]), len(about["classes"])
            kind = KINDS.get(about.get("as", ""), "sounds")
            rows.append(_row(name, kind, count, classes, home / name, default))
        except ParseError:
            rows.append(_row(name, "damaged", "-", "-", home / name, default))
    if BUILT_IN not in store.names(home):
        rows.append(_row(BUILT_IN, "sounds", 1_100, 1, "built in; made on first use", default))
    for name in store.unfinished(home):
        rows.append(_row(name, "unfinished", "-", "-", "the same import goes on"))
    return rows


def _rendered_rows() -> list[dict[str, object]]:
    from starling.models.datasets import store
    from starling.models.errors import StarlingError
    from starling.presets.datasets.shards import read_recipe

    rows = []
    for folder in store.choices(folders().choices)["rendered"]:
        try:
            recipe = read_recipe(Path(folder))
        except StarlingError:
            recipe = {"synth": "damaged", "count": "-"}
        if recipe:
            kind = f"presets of {recipe['synth']}"
            rows.append(_row(Path(folder).name, kind, recipe["count"], "-", folder))
    return rows


def remember_rendered(out: Path) -> None:
    """Keep the folder of a rendered set for `list`, those that are gone no longer."""
    from starling.models.datasets import store

    now = str(out.resolve())
    before = store.choices(folders().choices)["rendered"]
    there = [each for each in before if Path(each).is_dir() and each != now]
    store.choose(folders().choices, rendered=[*there, now])


@click.command()
@click.argument("name")
def use(name: str) -> None:
    """Make a data set of sounds, given by its name, the default of `starling train oneshot`."""
    from starling.models.datasets import store
    from starling.models.errors import InputError

    if store.is_path(name):
        raise InputError(
            f"{name} is a path, and the default is a data set: `starling dataset import {name}` "
            "makes one, which is given by its name"
        )
    place = find_sounds(name)
    kind = store.read(place).get("as", "") if store.is_sound_set(place) else ""
    if kind in TRAINED_BY:
        of, command = TRAINED_BY[kind]
        raise InputError(
            f"{name} is {of}, and the default is of one-shots; give it by name: "
            f"`starling train {command} --data {name}`"
        )
    store.choose(folders().choices, default=name)
    click.echo(f"`starling train oneshot` learns from {name}, unless --data says otherwise")


@click.command()
@click.argument("name")
def remove(name: str) -> None:
    """Delete a data set of sounds, or what a stopped import left. Your own files stay."""
    from starling.models.datasets import store

    store.remove(name, folders().sounds)
    if store.choices(folders().choices)["default"] == name:
        store.choose(folders().choices, default="")
    click.echo(f"{name} is removed")


@click.command()
@click.argument("kind", type=click.Choice([BUILT_IN]))
@click.option("--name", default=BUILT_IN, show_default=True, help="Of the data set.")
@count_option(1_100)
@click.option("--frames", type=int, default=10_000, show_default=True, help="Samples of each.")
@click.option("--low", type=float, default=500.0, show_default=True, help="Hertz.")
@click.option("--high", type=float, default=15_000.0, show_default=True, help="Hertz.")
@click.option("--phase/--no-phase", default=True, show_default=True, help="Random, or all zero.")
@seed_option
@json_option
def make(
    kind: str,
    name: str,
    count: int,
    frames: int,
    low: float,
    high: float,
    phase: bool,
    seed: int,
    as_json: bool,
) -> None:
    """Make a built-in data set: `sines`, tones of random frequency that their names state."""
    from starling.models.datasets import sines

    tones = sines.Sines(count, frames, low, high, phase, seed)
    with progress("Making") as report:
        place, about = sines.make(tones, folders().sounds, name, report)
    if as_json:
        say_json({"path": place, "count": len(about["sounds"])})
    else:
        click.echo(f"{len(about['sounds'])} {kind}: {place}")
