"""`starling presets match`: tune presets of a synth until one sounds like a file."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from starling.engine.cli.options import PATH, CardPath, json_option, out_option, seed_option
from starling.engine.cli.output import progress, say, say_json, say_table
from starling.engine.config import folders

if TYPE_CHECKING:
    from starling.presets.match.pipeline import MatchResult


@click.command()
@click.argument("target", type=PATH)
@click.option("--synth", default="", help="The synth to tune; else that of the nearest preset.")
@click.option(
    "--budget",
    type=click.IntRange(100, 5000),
    default=1000,
    show_default=True,
    help="How many presets are tried.",
)
@click.option("--variants", type=click.IntRange(1, 8), default=4, show_default=True)
@seed_option
@out_option("Folder for sounds and presets; else `TARGET match`.")
@click.option(
    "--proxy",
    "card",
    type=CardPath(),
    help="Card or name of a trained proxy: it picks the candidates that are worth rendering.",
)
@click.option(
    "--estimator",
    type=CardPath(),
    help="Card or name of a trained estimator: the preset that it hears is one more to begin from.",
)
@click.option("--keep", is_flag=True, help="Put the variants into the library too, bank Matches.")
@json_option
def match(
    target: Path,
    synth: str,
    budget: int,
    variants: int,
    seed: int,
    out: Path | None,
    card: Path | None,
    estimator: Path | None,
    keep: bool,
    as_json: bool,
) -> None:
    """Tune presets of a synth until one sounds like a file.

    Starts from the nearest presets of the library, and never ends farther away than the nearest.
    Only the file's first note is matched, at most two seconds of it.

    \b
    starling presets match bass.wav --synth amsynth
    starling presets match bass.wav --synth amsynth --budget 300 --keep
    """
    from starling.engine.cli.presets import match_report
    from starling.presets.library.database import LibraryDatabase
    from starling.presets.match.estimate import load_estimate
    from starling.presets.match.pipeline import SCHEMAS, MatchOptions, match_target
    from starling.presets.match.store import store_matches
    from starling.presets.match.surrogate import load_surrogate
    from starling.presets.match.target import load_target

    options = MatchOptions(budget, variants, seed, f"{target.stem[:40]} match")
    surrogate = load_surrogate(card) if card else None
    estimate = load_estimate(estimator) if estimator else None
    sound = load_target(target)
    with (
        closing(LibraryDatabase.open(folders().library)) as library,
        progress("Matching") as report,
    ):
        library.require_presets()
        matched = match_target(
            sound, synth, library, options, progress=report, surrogate=surrogate, estimate=estimate
        )
        if keep:
            store_matches(library, matched)
    cache = folders().library / SCHEMAS
    files = match_report.write_files(matched, out or Path(f"{target.stem} match"), cache)
    say_json(match_report.as_json(matched, files)) if as_json else _show(matched, files)


def _show(matched: MatchResult, files: dict[str, list[str]]) -> None:
    from starling.engine.cli.presets import match_report

    for remark in matched.remarks:
        say(remark)
    how = f"played at note {matched.initial.note}, held for {matched.initial.held:.2f} s"
    say(f"{matched.evaluations} presets of {matched.synth} tried, {how}")
    say_table(match_report.COLUMNS, match_report.rows(matched))
    best = matched.variants[0]
    turned = match_report.turned(matched, best)
    shown = turned[: match_report.MOST_TURNED]
    if shown:
        say_table(("turned for the best", "from", "to"), shown)
    if len(turned) > len(shown):
        say(f"and {len(turned) - len(shown)} more; --json has all values")
    for paths in files.values():
        say("  ".join(paths))
