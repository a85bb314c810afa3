"""`starling evaluate proxy`: the command line of models/proxy/evaluate."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from starling.engine.cli.options import (
    PATH,
    CardPath,
    embedder_weights_option,
    figures_option,
    json_option,
    out_option,
)
from starling.engine.cli.output import Report, progress, say_json, say_table
from starling.models.training.session import require_folder

if TYPE_CHECKING:
    from starling.models.proxy.encoder import Proxy
    from starling.models.proxy.evaluate import ProxyRow, RankingPool

SHOWN = ("mrr", "interval", "l1", "back_mrr", "back_r1", "back_r10")  # columns in the terminal


@click.command("proxy")
@click.option(
    "--model",
    type=CardPath(),
    required=True,
    multiple=True,
    help="Card(s) or names; seeds: several.",
)
@click.option("--data", type=PATH, required=True, multiple=True, help="Rendered test set(s).")
@click.option("--train", type=PATH, help="What the baselines learn from; without: none.")
@embedder_weights_option
@out_option("Folder for tables and figures.", required=True, check=require_folder)
@figures_option("Draw, or only count.")
@json_option
def evaluate_proxy(
    model: tuple[Path, ...],
    data: tuple[Path, ...],
    train: Path | None,
    embedder_weights: Path | None,
    out: Path,
    figures: bool,
    as_json: bool,
) -> None:
    """Judge preset encoders: presets find their sounds, sounds their presets.

    Real presets of a dataset and those drawn are ranked apart, without near-duplicates. Writes
    table.md, table.tex and table.csv, mrr.png and a map of presets and sounds.
    """
    with progress("Evaluating") as report:
        proxies, pools, rows = _measure(model, data, train, embedder_weights, report)
    written = _write(out, rows, proxies, pools, figures)
    if as_json:
        from starling.models.proxy.evaluate import to_json

        say_json(to_json(rows))
        return
    _show(rows)
    click.echo("\n".join(str(path) for path in written))


def _measure(
    model: tuple[Path, ...],
    data: tuple[Path, ...],
    train: Path | None,
    weights: Path | None,
    report: Report,
) -> tuple[list[Proxy], list[RankingPool], list[ProxyRow]]:
    """Models, pools and every row."""
    from starling.engine.cli.target_embedder import embedding
    from starling.models.proxy import evaluate
    from starling.models.proxy.data import load
    from starling.models.proxy.encoder import load_proxy

    proxies = [load_proxy(card) for card in model]
    chosen = embedding(proxies[0].embedding, weights)
    pools = [
        pool for folder in data for pool in evaluate.ranking_pools(folder, load(folder, chosen))
    ]
    known = load(train, chosen) if train else None
    return proxies, pools, evaluate.evaluate(proxies, pools, known, progress=report)


def _write(
    out: Path, rows: list[ProxyRow], proxies: list[Proxy], pools: list[RankingPool], figures: bool
) -> list[Path]:
    """Tables, and pictures with --figures."""
    from starling.models.proxy import report as proxy_report

    written = proxy_report.write(out, rows)
    if figures:
        from starling.models.proxy import plots

        written += plots.draw(out, rows, proxies, pools)
    return written


def _show(rows: list[ProxyRow]) -> None:
    """The tables' most important columns, one table a set of presets."""
    from starling.models.proxy.report import COLUMNS, lines

    heads = ["encoder", *COLUMNS.values()]
    shown = [heads.index(COLUMNS[name]) for name in SHOWN]
    for pool in dict.fromkeys(name for name, _ in lines(rows)):
        click.echo(pool)
        cells = [cells for name, cells in lines(rows) if name == pool]
        say_table(
            ["encoder", *(heads[at] for at in shown)],
            [[row[0], *(row[at] for at in shown)] for row in cells],
        )
