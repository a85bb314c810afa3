"""`starling dataset ...`: render presets with their sounds, for training and for judging."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from starling.engine.cli_output import json_option, progress, say_json
from starling.engine.config import folders

if TYPE_CHECKING:
    from starling.presets.dataset import Order, Rendered

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
    """Render presets of a synth with their sounds, to train and to judge models on."""


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
@json_option
def render(out: Path, jobs: int | None, as_json: bool, **words: Any) -> None:
    """Draw presets of SYNTH, render each at the notes, keep what is heard.

    Ctrl-C and crashes lose at most the shard in hand: the same command goes on.

    \b
    starling dataset render amsynth --count 6000 --out data/amsynth
    starling dataset render starling --scheme uniform --count 5000 --out data/starling
    """
    from starling.presets import dataset as datasets
    from starling.presets.scan import SCHEMAS

    order = _order(**words)
    try:
        with progress("Rendering") as report:
            cache = folders().library / SCHEMAS
            done = datasets.render(order, out, cache, jobs=jobs, progress=report)
    except KeyboardInterrupt:
        sentence = "stopped; the same command goes on with what is missing"
        raise click.ClickException(sentence) from None
    _say_rendered(done, out, as_json)


def _order(**words: Any) -> Order:
    """The command's words as an order."""
    from starling.presets.dataset import Order
    from starling.presets.sampling import Mix

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
