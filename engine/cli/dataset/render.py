"""`starling dataset render`: presets of a synth with their sounds, for training and evaluation."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from starling.engine.cli.dataset.kept import remember_rendered
from starling.engine.cli.dataset.value_types import MixShares, Notes
from starling.engine.cli.options import (
    PATH,
    count_option,
    jobs_option,
    json_option,
    out_option,
    seed_option,
)
from starling.engine.cli.output import progress, say_json
from starling.engine.cli.stopping import stoppable
from starling.engine.config import folders

if TYPE_CHECKING:
    from starling.presets.datasets.items import Check
    from starling.presets.datasets.render import Pools, Rendered
    from starling.presets.datasets.sampling import Scheme
    from starling.presets.datasets.splits import Split


@click.command()
@click.argument("synth")
@count_option(0, help="Presets; with --scheme real left out: all.")
@out_option("The data set's folder.", required=True)
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
@seed_option
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
    type=PATH,
    help="JSON with fixed values, intervals or weights of some parameters.",
)
@click.option("--banks", type=PATH, multiple=True, help="A folder of preset files to draw from.")
@click.option(
    "--determinism",
    type=click.Choice(["all", "sample", "none"]),
    default="sample",
    show_default=True,
    help="Which presets are rendered twice and compared.",
)
@click.option("--shard", type=int, default=512, show_default=True, help="Presets in a file.")
@jobs_option()
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
    synth: str,
    count: int,
    out: Path,
    scheme: Scheme,
    notes: tuple[tuple[int, int, float], ...],
    seed: int,
    split: Split | Literal["all"],
    mix: dict[str, float] | None,
    sampling: Path | None,
    banks: tuple[Path, ...],
    determinism: Check,
    shard: int,
    jobs: int | None,
    where: str,
    address: str,
    as_json: bool,
) -> None:
    """Draw presets of SYNTH, render each at the notes, keep what is heard.

    Ctrl-C and crashes lose at most the shard in hand: the same command goes on.

    \b
    starling dataset render amsynth --count 6000 --out data/amsynth
    starling dataset render starling --scheme uniform --count 5000 --out data/starling
    """
    from starling.presets.datasets import render as datasets
    from starling.presets.datasets.sampling import BankMixture
    from starling.presets.synths.plugin import SCHEMAS

    spec = datasets.DatasetSpec(
        synth,
        count,
        scheme,
        notes,
        seed,
        None if split == "all" else split,
        BankMixture(**(mix or {})),
        rules=sampling,
        banks=banks,
        check=determinism,
        shard_size=shard,
    )
    with (
        stoppable("the same command goes on with what is missing"),
        progress("Rendering") as report,
    ):
        done = datasets.render(
            spec,
            out,
            folders().library / SCHEMAS,
            jobs=jobs,
            pools=_pools(where, jobs, address),
            progress=report,
        )
    remember_rendered(out)
    _show_rendered(done, out, as_json)


def _pools(where: str, jobs: int | None, address: str) -> Pools | None:
    """What starts the workers; None for those of this machine."""
    if where == "local":
        if address:
            raise click.UsageError("--address is for --on ray")
        return None
    from starling.presets.datasets.ray_pool import RayPool

    return lambda job: RayPool(job, jobs, address)


def _show_rendered(done: Rendered, out: Path, as_json: bool) -> None:
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
