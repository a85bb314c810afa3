"""`starling evaluate estimator`: the command line of presets/evaluation/estimator."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import click

from starling.engine.cli.options import PATH, CardPath, count_option, json_option
from starling.engine.cli.output import progress, say_json, say_table
from starling.engine.config import folders

if TYPE_CHECKING:
    from starling.presets.evaluation.estimator import EstimatorScore

MEASURES = {
    "mss": "MSS dB",
    "wmfcc": "wMFCC",
    "sot": "SOT",
    "rms_cosine": "RMS cosine",
    "silent": "silent",
    "num_error": "numbers off",
    "bin_right": "switches right",
    "cat_right": "categories right",
}


@click.command("estimator")
@click.option("--model", type=CardPath(), required=True, help="Card or name of the estimator.")
@click.option("--data", type=PATH, required=True, help="Rendered test set with real presets.")
@click.option("--train", type=PATH, help="Where the nearest preset is retrieved; without: not.")
@count_option(200, 10_000)
@json_option
def evaluate_estimator(
    model: Path, data: Path, train: Path | None, count: int, as_json: bool
) -> None:
    """Judge an estimator: real presets that it never met, estimated from their sound and played.

    Shows medians beside those of the nearest preset of --train and of the synth's default preset.
    """
    from starling.models.estimator.inference import load_estimator
    from starling.presets.evaluation.estimator import evaluate
    from starling.presets.synths.plugin import SCHEMAS

    estimator = load_estimator(model)
    cache = folders().library / SCHEMAS
    with progress("Evaluating") as report:
        rows = evaluate(estimator, data, cache, train=train, count=count, progress=report)
    say_json([_plain(row) for row in rows]) if as_json else _show(rows)


def _plain(row: EstimatorScore) -> dict[str, object]:
    """For scripts; JSON knows no infinity."""
    finite = {name: v if math.isfinite(v) else None for name, v in row.figures.items()}
    return {"preset": row.name, "targets": row.targets, **finite}


def _show(rows: list[EstimatorScore]) -> None:
    shown = [name for name in MEASURES if name in rows[0].figures]
    click.echo(f"medians over {rows[0].targets} real presets")
    say_table(
        ("", *(row.name for row in rows)),
        [(MEASURES[name], *(row.figures[name] for row in rows)) for name in shown],
    )
