"""`starling dataset import`, `list`, `use`, `remove`, `make`: folders of sounds as data sets."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import Any

import click

from starling.engine.cli.options import json_option
from starling.engine.cli.output import progress, say_json, say_table
from starling.engine.config import folders

FOLDER = click.Path(path_type=Path)
SHOWN = 10  # refusals and the like on the terminal; report.md has all
BUILT_IN = "sines"


@click.command("import")
@click.argument("folder", type=FOLDER)
@click.option("--name", default="", help="Of the data set; the folder's, if not given.")
@click.option("--rate", type=int, default=44_100, show_default=True, help="Hertz.")
@click.option(
    "--seconds", type=float, default=2.0, show_default=True, help="Longer sounds are cut and faded."
)
@click.option(
    "--class-by",
    type=click.Choice(["folder", "parent", "none"]),
    default="folder",
    show_default=True,
    help="A class for each folder below FOLDER, for each file's own folder, or one for all.",
)
@click.option(
    "--near",
    type=click.Choice(["keep", "drop"]),
    default="keep",
    show_default=True,
    help="Nearly equal sounds of a class: keep in one split, or keep the first only.",
)
@click.option("--licence", default="", help="Of the sounds, for the cards of models.")
@click.option("--attribution", default="", help="Whom to name as their author.")
@click.option("--jobs", type=click.IntRange(1, 256), help="Threads; left out, one for each core.")
@click.option("--dry-run", is_flag=True, help="Say what would come of it, and keep nothing.")
@json_option
def import_sounds(
    folder: Path, jobs: int | None, dry_run: bool, as_json: bool, **words: Any
) -> None:
    """Make a data set of the sound files below FOLDER, of any format, rate and width.

    Each becomes mono, trimmed, free of DC, as loud as the others. What is refused is reported with
    the reason; copies of a sound are left out. Ctrl-C loses nothing: the same command goes on.

    \b
    starling dataset import ~/Samples/Kicks
    starling dataset import ~/Samples --name mine --licence CC0-1.0
    starling train oneshot --data mine --budget 30m
    """
    import tempfile

    from starling.models.datasets.import_records import Order
    from starling.models.datasets.importer import run

    order = Order(folder, **words)
    try:
        with tempfile.TemporaryDirectory() as nowhere, progress("Importing") as report:
            home = Path(nowhere) if dry_run else folders().sounds
            place, about = run(order, home, jobs or os.cpu_count() or 1, report)
    except KeyboardInterrupt:
        kept = "nothing is kept" if dry_run else "the same command goes on with what is missing"
        raise click.ClickException(f"stopped; {kept}") from None
    shown = None if dry_run else place
    if as_json:
        say_json({"path": shown, "dry_run": dry_run, **about})
        return
    _say_about(about, shown)


def _say_about(about: dict[str, Any], place: Path | None) -> None:
    """A data set on the terminal: classes, then what one should know."""
    refused = Counter(each.get("class", "") for each in about["refused"])
    labels = [*about["classes"], *(label for label in refused if label not in about["classes"])]
    none = {"sounds": 0, "seconds": 0.0}
    rows = []
    for label in labels:
        one = about["classes"].get(label, none)
        rows.append((label or "-", one["sounds"], round(one["seconds"], 1), refused[label]))
    say_table(("class", "sounds", "seconds", "refused"), rows)
    _some("refused", [f"{each['file']}: {each['reason']}" for each in about["refused"]])
    _some("left out", [f"{each['file']} is {each['of']}" for each in about["duplicates"]])
    cut = sum(each.get("cut", False) for each in about["sounds"])
    if cut:
        click.echo(f"{cut} were longer than {about['seconds']:g} s and are cut there")
    near = len(about["near_duplicates"])
    if near:
        click.echo(f"{near} pairs are nearly the same and share a split")
    conflicts = [f"{e['file']} ({' or '.join(e['classes'])})" for e in about["conflicts"]]
    _some("in two classes", conflicts)
    if about["ignored"]:
        others = ", ".join(f"{count} {suffix}" for suffix, count in about["ignored"].items())
        click.echo(f"passed over: {others}")
    for sentence in about["warnings"]:
        click.echo(f"warning: {sentence}")
    where = f"{about['name']}: {place}" if place else f"{about['name']}: dry run, nothing is kept"
    click.echo(f"{len(about['sounds'])} sounds in the data set {where}")


def _some(title: str, lines: list[str]) -> None:
    """The first few lines under a title."""
    if lines:
        click.echo(f"{title}: {len(lines)}")
    for line in lines[:SHOWN]:
        click.echo(f"  {line}")
    if len(lines) > SHOWN:
        click.echo(f"  and {len(lines) - SHOWN} more; report.md has all")


def say_info(folder: Path, as_json: bool) -> bool:
    """Describe a data set of sounds given by folder or name; False where it is not one of sounds.

    Raises MissingError (neither a folder nor a name) and ParseError.
    """
    from starling.models.datasets import store

    place = store.find(str(folder), folders().sounds)
    if not store.is_sound_set(place):
        return False
    about = store.read(place)
    if as_json:
        say_json({"path": place, **about})
        return True
    _say_about(about, place)
    rows = [(each["files"], each["licence"], each["attribution"]) for each in about["licence"]]
    say_table(("files", "licence", "attribution"), rows)
    return True


@click.command("list")
@json_option
def list_sets(as_json: bool) -> None:
    """List the data sets: of sounds, and of presets rendered on this machine.

    The one marked * is the default of `starling train oneshot`.
    """
    rows = [*_sound_rows(), *_rendered_rows()]
    if as_json:
        say_json(rows)
        return
    columns = ("", "name", "of", "count", "classes", "where")
    say_table(columns, [tuple(row[name or "default"] for name in columns) for row in rows])


def _row(name: str, kind: str, count: Any, classes: Any, where: Any, default: str = "") -> Any:
    return {
        "default": "*" if default == name else "",
        "name": name,
        "of": kind,
        "count": count,
        "classes": classes,
        "where": str(where),
    }


def _sound_rows() -> list[dict[str, Any]]:
    from starling.models.datasets import store
    from starling.models.errors import ParseError

    home, default = folders().sounds, store.choices(folders().choices)["default"]
    rows = []
    for name in store.names(home):
        try:
            about = store.read(home / name)
            count, classes = len(about["sounds"]), len(about["classes"])
            rows.append(_row(name, "sounds", count, classes, home / name, default))
        except ParseError:
            rows.append(_row(name, "damaged", "-", "-", home / name, default))
    if BUILT_IN not in store.names(home):
        rows.append(_row(BUILT_IN, "sounds", 1_100, 1, "built in; made on first use", default))
    for name in store.unfinished(home):
        rows.append(_row(name, "unfinished", "-", "-", "the same import goes on"))
    return rows


def _rendered_rows() -> list[dict[str, Any]]:
    from starling.models.datasets import store
    from starling.models.errors import StarlingError

    rows = []
    for word in store.choices(folders().choices)["rendered"]:
        from starling.presets.datasets.shards import read_recipe

        try:
            recipe = read_recipe(Path(word))
        except StarlingError:
            recipe = {"synth": "damaged", "count": "-"}
        if recipe:
            kind = f"presets of {recipe['synth']}"
            rows.append(_row(Path(word).name, kind, recipe["count"], "-", word))
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
    """Make a data set of sounds the default of `starling train oneshot`."""
    from starling.models.datasets import store

    place = find_sounds(name)
    store.choose(folders().choices, default=name if place.parent == folders().sounds else "")
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
@click.option("--count", type=int, default=1_100, show_default=True)
@click.option("--frames", type=int, default=10_000, show_default=True, help="Samples of each.")
@click.option("--low", type=float, default=500.0, show_default=True, help="Hertz.")
@click.option("--high", type=float, default=15_000.0, show_default=True, help="Hertz.")
@click.option("--phase/--no-phase", default=True, show_default=True, help="Random, or all zero.")
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=0, show_default=True)
@json_option
def make(kind: str, name: str, as_json: bool, **words: Any) -> None:
    """Make a built-in data set: `sines`, tones of random frequency that their names state."""
    from starling.models.datasets import sines

    with progress("Making") as report:
        place, about = sines.make(sines.Sines(**words), folders().sounds, name, report)
    if as_json:
        say_json({"path": place, "count": len(about["sounds"])})
    else:
        click.echo(f"{len(about['sounds'])} {kind}: {place}")


def find_sounds(word: str) -> Path:
    """The folder of a data set of sounds, by path or name; `sines` is made when it is not there.

    Raises MissingError.
    """
    from starling.models.datasets import sines, store

    home = folders().sounds
    if word == BUILT_IN and not Path(word).is_dir() and word not in store.names(home):
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


class SoundFolder(click.ParamType):  # type: ignore[type-arg]
    """A folder of class folders, by its path or as the name of a data set."""

    name = "folder or name"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Find the folder; what is not there is said in a sentence, exit code 1."""
        from starling.models.errors import StarlingError

        try:
            return value if isinstance(value, Path) else find_sounds(str(value))
        except StarlingError as error:
            raise click.ClickException(str(error)) from error


COMMANDS = (import_sounds, list_sets, use, remove, make)
