"""`starling dataset ...`: render presets with their sounds, for training and for judging.

The commands for data sets of sounds are in cli_dataset_sounds.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from starling.engine.cli import sound_sets
from starling.engine.cli.options import json_option
from starling.engine.cli.output import progress, say_json, say_table
from starling.engine.config import folders

if TYPE_CHECKING:
    from starling.presets.datasets.render import Order, Pools, Rendered

FOLDER = click.Path(path_type=Path)


class Notes(click.ParamType):  # type: ignore[type-arg]
    """`60:100:0.65,72:90:0.5`: MIDI note, velocity and seconds that it is held, of each note."""

    name = "notes"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[tuple[int, int, float], ...]:
        """Split at commas and colons; the ranges are checked where they are used."""
        try:
            words = [word.split(":") for word in value.split(",")]
            return tuple((int(note), int(hit), float(held)) for note, hit, held in words)
        except (ValueError, AttributeError):
            return self.fail(f"{value!r} is not like 60:100:0.65,72:90:0.5", param, ctx)


class MixShares(click.ParamType):  # type: ignore[type-arg]
    """`real=0.4,jitter=0.3`: some fields of `sampling.Mix`; the others keep their defaults."""

    name = "mix"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> dict[str, float]:
        """Split at commas and equals signs."""
        known = ("real", "jitter", "crossover", "marginals", "sd", "flip")
        try:
            shares = {k.strip(): float(v) for k, v in (w.split("=") for w in value.split(","))}
        except (ValueError, AttributeError):
            return self.fail(f"{value!r} is not like real=0.4,jitter=0.3", param, ctx)
        strange = next((name for name in shares if name not in known), None)
        if strange is not None:
            self.fail(f"{strange!r} is none of {', '.join(known)}", param, ctx)
        return shares


@click.group()
def dataset() -> None:
    """Make the data sets that models learn from: of your sounds, or of presets with theirs."""


for command in sound_sets.COMMANDS:
    dataset.add_command(command)


@dataset.command()
@click.argument("synth")
@click.option("--count", type=int, default=0, help="Presets; with --scheme real left out: all.")
@click.option("--out", type=FOLDER, required=True, help="The data set's folder.")
@click.option(
    "--scheme",
    type=click.Choice(["bank", "uniform", "real"]),
    default="bank",
    show_default=True,
    help="Around real presets, every parameter by itself, or the real presets as they are.",
)
@click.option(
    "--notes",
    type=Notes(),
    default="60:100:0.65",
    show_default=True,
    help="NOTE:VELOCITY:SECONDS, several with commas.",
)
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=0, show_default=True)
@click.option(
    "--split",
    type=click.Choice(["train", "validation", "test", "all"]),
    default="train",
    show_default=True,
    help="Which real presets, split by bank.",
)
@click.option("--mix", type=MixShares(), help="E.g. real=0.4,jitter=0.3,sd=0.2.")
@click.option(
    "--sampling",
    type=FOLDER,
    help="JSON with fixed values, intervals or weights of some parameters.",
)
@click.option("--banks", type=FOLDER, multiple=True, help="A folder of preset files to draw from.")
@click.option(
    "--determinism",
    type=click.Choice(["all", "sample", "none"]),
    default="sample",
    show_default=True,
    help="Which presets are rendered twice and compared.",
)
@click.option("--shard", type=int, default=512, show_default=True, help="Presets in a file.")
@click.option("--jobs", type=click.IntRange(min=1), help="Processes; left out, one for each core.")
@click.option(
    "--on",
    "where",
    type=click.Choice(["local", "ray"]),
    default="local",
    show_default=True,
    help="Processes of this machine, or a Ray cluster (extra `cluster`).",
)
@click.option("--address", default="", help="Of the Ray cluster; left out, one is started here.")
@json_option
def render(
    out: Path, jobs: int | None, where: str, address: str, as_json: bool, **words: Any
) -> None:
    """Draw presets of SYNTH, render each at the notes, keep what is heard.

    Ctrl-C and crashes lose at most the shard in hand: the same command goes on.

    \b
    starling dataset render amsynth --count 6000 --out data/amsynth
    starling dataset render starling --scheme uniform --count 5000 --out data/starling
    """
    from starling.presets.datasets import render as datasets
    from starling.presets.synths.plugin import SCHEMAS

    order = _order(**words)
    try:
        with progress("Rendering") as report:
            cache = folders().library / SCHEMAS
            done = datasets.render(
                order, out, cache, jobs=jobs, pools=_pools(where, jobs, address), progress=report
            )
    except KeyboardInterrupt:
        sentence = "stopped; the same command goes on with what is missing"
        raise click.ClickException(sentence) from None
    sound_sets.remember_rendered(out)
    _say_rendered(done, out, as_json)


def _pools(where: str, jobs: int | None, address: str) -> Pools | None:
    """What makes the workers; None for those of this machine."""
    if where == "local":
        if address:
            raise click.UsageError("--address is for --on ray")
        return None
    from starling.presets.datasets.ray_pool import RayPool

    return lambda job: RayPool(job, jobs, address)


def _order(**words: Any) -> Order:
    """The command's words as an order."""
    from starling.presets.datasets.render import Order
    from starling.presets.datasets.sampling import Mix

    return Order(
        words["synth"],
        words["count"],
        words["scheme"],
        words["notes"],
        words["seed"],
        None if words["split"] == "all" else words["split"],
        Mix(**(words["mix"] or {})),
        words["sampling"],
        tuple(words["banks"]),
        words["determinism"],
        words["shard"],
    )


def _say_rendered(done: Rendered, out: Path, as_json: bool) -> None:
    rate = done.renders / done.seconds if done.renders else 0.0
    if as_json:
        from dataclasses import asdict

        say_json({"path": str(out), **asdict(done), "renders_per_s": round(rate, 1)})
        return
    click.echo(f"{done.count} presets in {done.shards} shards, {done.made} of them new: {out}")
    if done.renders:
        click.echo(f"{done.renders} renders in {done.seconds:.0f} s, {rate:.0f} a second")
    if done.rejected:
        refused = ", ".join(f"{count} {reason}" for reason, count in done.rejected.items())
        click.echo(f"drawn again: {refused}")


@dataset.command()
@click.argument("folder", type=FOLDER)
@json_option
def info(folder: Path, as_json: bool) -> None:
    """Say what a data set holds. FOLDER may be the name of one of sounds.

    Of sounds: classes, refusals, duplicates, licences. Of presets: kinds, refusals, determinism.
    """
    from dataclasses import asdict

    if sound_sets.say_info(folder, as_json):
        return
    from starling.presets.datasets.report import info as read_info

    found = asdict(read_info(folder))
    if as_json:
        say_json(found)
        return
    say_table(("field", "value"), [(name, _words(value)) for name, value in found.items()])


def _words(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{count} {name}" for name, count in value.items()) or "-"
    if isinstance(value, list):
        return ", ".join(":".join(f"{part:g}" for part in note) for note in value)
    return str(value)


@dataset.command()
@click.argument("folder", type=FOLDER)
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
