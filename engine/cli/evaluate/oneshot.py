"""`starling evaluate oneshot`: the command line of models/evaluation/evaluate."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from starling.engine.cli.options import (
    PATH,
    CardPath,
    checked_by,
    figures_option,
    json_option,
    out_option,
)
from starling.engine.cli.output import progress, say_json, say_table
from starling.engine.cli.sound_sets import SoundFolder
from starling.models.training.session import require_file, require_folder

if TYPE_CHECKING:
    from starling.models.evaluation.evaluate import Evaluation

PASSING = ("p50_ms", "load_ms")  # figures of the machine and the moment, not of the model


@click.command("oneshot")
@click.option(
    "--data",
    type=SoundFolder(),
    required=True,
    help="Recordings, as in training: a folder of class folders, or a data set's name.",
)
@click.option(
    "--model",
    "--card",
    "models",
    type=CardPath(),
    multiple=True,
    help="Card(s) or names; the shipped drums if none.",
)
@out_option("Folder for tables and pictures.", check=require_folder)
@click.option(
    "--each",
    type=click.IntRange(2, 1000),
    help="Sounds a class on average; as many as recordings if not given.",
)
@figures_option("Draw into --out, or only count.")
@click.option(
    "--sheet",
    type=PATH,
    callback=checked_by(lambda path: require_file(path, "--sheet")),
    help="PNG of recordings beside generated sounds.",
)
@click.option("--write", is_flag=True, help="Store each model's figures in its card.")
@json_option
def evaluate_oneshot(
    data: Path,
    models: tuple[Path, ...],
    out: Path | None,
    each: int | None,
    figures: bool,
    sheet: Path | None,
    write: bool,
    as_json: bool,
) -> None:
    """Judge one-shot models by recordings: like them, varied, not copied, obedient.

    All models stand in one table beside the recordings' own figures. Writes table.md, table.tex,
    table.csv, figures.json and pictures. A minute or two each on one core; Ctrl-C stops, and
    nothing is written.
    """
    from starling.models.artifacts.catalogue import WEIGHTS
    from starling.models.evaluation import evaluate

    cards = models or (WEIGHTS / "drums.json",)
    for card in cards if write else ():
        require_file(card, "--write")
    with progress("Evaluating") as report:
        found = evaluate.evaluate(data, cards, each=each or 0, progress=report)
    written = _write(found, out, figures, sheet)
    if write:
        _store(found, cards)
    if as_json:
        from starling.models.evaluation.report import to_json

        say_json(to_json(found))
        return
    _show(found)
    click.echo("\n".join(str(path) for path in written))


def _write(found: Evaluation, out: Path | None, figures: bool, sheet: Path | None) -> list[Path]:
    """Tables, and pictures with --figures or --sheet."""
    from starling.models.evaluation import plots
    from starling.models.evaluation import report as oneshot_report

    written = [] if out is None else oneshot_report.write(out, found)
    if out is not None and figures:
        written += plots.draw(out, found)
    return [*written, plots.sheet(found, sheet)] if sheet else written


def _store(found: Evaluation, cards: tuple[Path, ...]) -> None:
    """Put the figures of every model into its card, with the recordings' own and what they mean."""
    from starling.models.artifacts import card_file
    from starling.models.evaluation.report import rounded

    real = {row.name: rounded(row.figures) for row in found.rows if not row.is_model}
    rows = [row for row in found.rows if row.is_model]
    for row, path in zip(rows, cards, strict=True):
        own = {name: value for name, value in row.figures.items() if name not in PASSING}
        metrics = {**rounded(own), "real": real, "measured": found.facts}
        card_file.write_card(path.parent, {**card_file.read_card(path), "metrics": metrics})


def _show(found: Evaluation) -> None:
    """The table and its notes."""
    from starling.models.evaluation.report import lines, notes

    say_table(
        ["", *(row.name for row in found.rows)], [[h, *cells] for h, cells in lines(found.rows)]
    )
    click.echo("\n".join(notes(found)))
