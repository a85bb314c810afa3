"""`starling presets scan`: read, render and index what is new or changed."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from starling.engine.cli.options import PATH, jobs_option, json_option
from starling.engine.cli.output import progress, say_json, say_table
from starling.engine.config import folders

if TYPE_CHECKING:
    from starling.presets.library.database import Library
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
@click.option("--weights", type=PATH, help="Of a pretrained embedder.")
@json_option
def scan(
    synths: tuple[str, ...],
    jobs: int | None,
    retry: bool,
    tier: str | None,
    embedder: str,
    weights: Path | None,
    as_json: bool,
) -> None:
    """Read, render and index new and changed presets.

    Ctrl-C loses nothing: the next scan goes on where this one stopped. Another embedder hears
    all presets again.
    """
    from starling.presets.scan.update import scan as run_scan
    from starling.presets.search.build_index import choose

    with closing(_library_for(embedder, weights)) as library, progress("Scanning") as report:
        if tier:
            choose(library, tier)
        found = run_scan(
            library, progress=report, synths=synths or None, jobs=jobs, retry_failed=retry
        )
    _show(found, as_json)


def _show(found: ScanReport, as_json: bool) -> None:
    if as_json:
        failed = [{"name": name, "reason": reason} for name, reason in found.failed]
        remarks = [{"name": name, "remark": remark} for name, remark in found.remarks]
        say_json({"added": found.added, "kept": found.kept, "failed": failed, "remarks": remarks})
        return
    click.echo(f"{found.added} added, {found.kept} kept, {len(found.failed)} failed")
    if found.failed:
        say_table(("failed", "reason"), found.failed)
    if found.remarks:
        say_table(("read all the same", "remark"), found.remarks)


def _library_for(name: str, weights: Path | None) -> Library:
    """The user's library; with a name of an embedder, made anew where it was another's."""
    from starling.presets.features.embedders import find
    from starling.presets.library.database import Library
    from starling.presets.library.embedder_choice import remember

    if not name:
        if weights:
            raise click.UsageError("--weights needs --embedder NAME")
        return Library.open(folders().library)
    embedder = find(name, weights)
    library = Library.open(folders().library, embedder, reembed=True)
    remember(library, embedder)
    return library
