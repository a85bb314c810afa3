"""`starling evaluate embedders`: the knob-sweep test of presets/evaluation/knob_sweep."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from starling.engine.cli.options import json_option
from starling.engine.cli.output import progress, say_json, say_table

if TYPE_CHECKING:
    from starling.presets.evaluation.knob_sweep import EmbedderScore
    from starling.presets.features.embedder import Embedder


@click.command("embedders")
@click.option(
    "--synth", "synths", multiple=True, default=("starling",), show_default=True, metavar="SYNTH"
)
@click.option(
    "--embedder",
    "names",
    multiple=True,
    default=("timbre", "classical"),
    show_default=True,
    metavar="NAME[=WEIGHTS]",
    help="An embedder; a pretrained one with the path of its weights.",
)
@click.option("--knob", "knobs", multiple=True, help="Only this one; may be given again.")
@click.option("--presets", "count", type=click.IntRange(1, 100), default=3, show_default=True)
@click.option("--steps", type=click.IntRange(4, 100), default=9, show_default=True)
@json_option
def evaluate_embedders(
    synths: tuple[str, ...],
    names: tuple[str, ...],
    knobs: tuple[str, ...],
    count: int,
    steps: int,
    as_json: bool,
) -> None:
    """Turn every knob of a synth and see whether the embedders' distances grow with it.

    Spearman's rho of the distance from either end with the steps of the knob; 1 at best. About a
    minute a synth with three presets.
    """
    embedders = [_embedder(name) for name in names]
    found = {synth: _sweep(synth, embedders, knobs, count, steps) for synth in synths}
    if as_json:
        say_json({synth: [_figures(each) for each in sweeps] for synth, sweeps in found.items()})
        return
    for synth, sweeps in found.items():
        click.echo(f"{synth}: Spearman of distance and knob, mean over {count} presets")
        say_table(("knob", *(each.embedder for each in sweeps)), _rows(sweeps))


def _embedder(name: str) -> Embedder:
    from starling.presets.features.embedders import find

    short, _, weights = name.partition("=")
    return find(short, Path(weights) if weights else None)


def _sweep(
    synth: str, embedders: list[Embedder], knobs: tuple[str, ...], count: int, steps: int
) -> list[EmbedderScore]:
    from starling.presets.evaluation.knob_sweep import chosen_presets, score_embedders
    from starling.presets.formats.table import format_of, read_bank
    from starling.presets.sandbox.client import Sandbox
    from starling.presets.scan.preset_files import files_to_scan

    banks = [read_bank(path) for path in files_to_scan([synth], []).files if format_of(path)]
    values = [p.values for bank in banks for p in bank.presets if not p.problem]
    with Sandbox(synth) as box, progress(f"Turning the knobs of {synth}") as report:
        presets = chosen_presets(box.schema, values, count)
        return score_embedders(box, presets, embedders, steps=steps, only=knobs, progress=report)


def _figures(sweep: EmbedderScore) -> dict[str, Any]:
    return {
        "embedder": sweep.embedder,
        "spearman": round(sweep.mean, 4),
        "deviation": round(sweep.deviation, 4),
        "knobs": {name: round(rho, 3) for name, rho in sweep.knobs.items()},
    }


def _rows(sweeps: list[EmbedderScore]) -> list[tuple[str, ...]]:
    """A row for each knob that does something, then mean and deviation."""
    names = dict.fromkeys(name for each in sweeps for name in each.knobs)
    rows = [
        (name, *(f"{each.knobs[name]:.2f}" if name in each.knobs else "-" for each in sweeps))
        for name in names
    ]
    return [
        *rows,
        ("mean", *(f"{each.mean:.3f}" for each in sweeps)),
        ("deviation", *(f"{each.deviation:.3f}" for each in sweeps)),
    ]
