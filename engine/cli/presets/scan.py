"""`starling presets scan`: read, render and index what is new or changed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from starling.engine.cli.options import (
    PATH,
    embedder_weights_option,
    hidden_option,
    jobs_option,
    json_option,
)
from starling.engine.cli.output import progress, say, say_json, say_table
from starling.engine.cli.stopping import give_way_alone, stoppable

if TYPE_CHECKING:
    from starling.presets.scan.update import ScanReport


@click.command()
@click.option(
    "--synth", "synths", multiple=True, help="Only this synth: a name or a plugin's path."
)
@jobs_option()
@click.option("--retry", is_flag=True, help="Hear the presets in quarantine once more.")
@click.option(
    "--index",
    "tier",
    type=click.Choice(("auto", "exact", "ivf", "lance")),
    help="How searches find presets, from now on; left out, by their number.",
)
@click.option("--embedder", default="", help="What hears the presets, from now on; see the guide.")
@embedder_weights_option
@hidden_option("--weights", "embedder_weights", PATH)
@json_option
def scan(
    synths: tuple[str, ...],
    jobs: int | None,
    retry: bool,
    tier: str | None,
    embedder: str,
    embedder_weights: Path | None,
    as_json: bool,
) -> None:
    """Read, render and index new and changed presets.

    Ctrl-C loses nothing: the next scan goes on where this one stopped. Another embedder hears
    all presets again.
    """
    give_way_alone()
    from starling.engine.api.library import Library

    if embedder_weights and not embedder:
        raise click.UsageError("--embedder-weights needs --embedder NAME")
    kept = "what was heard is kept, and the next scan goes on from there"
    with stoppable(kept), Library() as library, progress("Scanning") as report:
        if embedder:
            library.use_embedder(embedder, embedder_weights)
        if tier:
            library.use_index(tier)
        found = library.scan(synths or None, jobs=jobs, retry=retry, progress=report)
    _show(found, as_json)


def _show(found: ScanReport, as_json: bool) -> None:
    if as_json:
        failed = [{"name": name, "reason": reason} for name, reason in found.failed]
        remarks = [{"name": name, "remark": remark} for name, remark in found.remarks]
        say_json({"added": found.added, "kept": found.kept, "failed": failed, "remarks": remarks})
        return
    say(f"{found.added} added, {found.kept} kept, {len(found.failed)} failed")
    show_groups("failed", found.failed)
    show_groups("read all the same", found.remarks)


def show_groups(title: str, told: Sequence[tuple[str, str]]) -> None:
    """Print reasons, each kind once; --json and `list --quarantined` have all of them."""
    from starling.presets.scan.report import grouped

    groups = grouped(told)
    if groups and len(groups) == len(told):
        say_table((title, "reason"), told)
    elif groups:
        rows = [(group.count, group.reason, group.name) for group in groups]
        say_table((title, "reason", "for example"), rows)
