"""The evaluation's table as Markdown, LaTeX and CSV, models averaged over their seeds."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from starling.models.proxy.evaluate import ProxyRow

COLUMNS: dict[str, str] = {  # figure: head of its column
    "mrr": "MRR",
    "interval": "95 %",
    "seeds": "± seeds",
    "l1": "L1",
    "top1": "top-1",
    "top5": "top-5 MRR",
    "back_mrr": "audio→preset MRR",
    "back_r1": "R@1",
    "back_r5": "R@5",
    "back_r10": "R@10",
    "back_rank": "mean norm. rank",
    "gap": "gap",
    "told_apart": "told apart",
}
NOTES = (
    "MRR, L1, top-k: published protocol, each preset ranks all sounds by L1 among at most 4096 "
    "(100 subsets of a larger pool).",
    "audio→preset: each sound ranks all predicted presets. gap: distance of the normalised "
    "centroids. told apart: accuracy of a logistic regression, 0.5 being best.",
    "95 %: bootstrap over queries. ± seeds: deviation over training seeds; - for a single one.",
)


def lines(rows: Sequence[ProxyRow]) -> list[tuple[str, list[str]]]:
    """(pool with its size, [name, *cells]) for each group of seeds, in the rows' order."""
    groups: dict[tuple[str, str], list[ProxyRow]] = {}
    for row in rows:
        groups.setdefault((row.pool, row.name), []).append(row)
    return [
        (_pool(group[0]), [name, *(_cell(group, figure) for figure in COLUMNS)])
        for (_, name), group in groups.items()
    ]


def _pool(row: ProxyRow) -> str:
    """The pool's name with the size of its ranking."""
    figures = row.figures
    return f"{row.pool} ({figures['presets']:.0f} presets, gallery {figures['gallery']:.0f})"


def _cell(group: Sequence[ProxyRow], figure: str) -> str:
    """One figure over the seeds of a group, as text."""
    if figure == "interval":
        edges = [np.mean([r.figures.get(f"mrr_{e}", np.nan) for r in group]) for e in _EDGES]
        return "-" if np.isnan(edges).any() else f"{edges[0]:.3f}-{edges[1]:.3f}"
    if figure == "seeds":
        deviation = np.std([row.figures["mrr"] for row in group])
        return f"{deviation:.3f} ({len(group)})" if len(group) > 1 else "-"
    values = [row.figures[figure] for row in group if figure in row.figures]
    return f"{np.mean(values):.4f}" if values else "-"


_EDGES = ("low", "high")


def markdown(rows: Sequence[ProxyRow]) -> str:
    """One table a pool."""
    text = ["# Preset encoders\n"]
    pool = ""
    for name, cells in lines(rows):
        if name != pool:
            pool = name
            heads = ["encoder", *COLUMNS.values()]
            text += [f"\n## {pool}\n", f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
        text.append(f"| {' | '.join(cells)} |")
    return "\n".join([*text, "", *NOTES, ""])


def latex(rows: Sequence[ProxyRow]) -> str:
    """One tabular, pools set apart by a line; needs no package."""
    columns = "l" + "r" * len(COLUMNS)
    text = [f"\\begin{{tabular}}{{{columns}}}", "\\hline"]
    text.append(" & ".join(map(_tex, ["encoder", *COLUMNS.values()])) + " \\\\")
    pool = ""
    for name, cells in lines(rows):
        if name != pool:
            pool = name
            text += ["\\hline", f"\\multicolumn{{{len(columns)}}}{{l}}{{{_tex(pool)}}} \\\\"]
        text.append(" & ".join(map(_tex, cells)) + " \\\\")
    return "\n".join([*text, "\\hline", "\\end{tabular}", ""])


def _tex(text: str) -> str:
    """Plain text in LaTeX."""
    special = {"%": "\\%", "_": "\\_", "&": "\\&", "#": "\\#", "→": "$\\to$", "±": "$\\pm$"}
    return "".join(special.get(letter, letter) for letter in text)


def table_csv(rows: Sequence[ProxyRow]) -> str:
    """Every figure of every row, seeds apart, for other programs."""
    names = list(dict.fromkeys(name for row in rows for name in row.figures))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["pool", "encoder", "seed", *names])
    for row in rows:
        seed = row.seed if row.seed >= 0 else ""
        writer.writerow([row.pool, row.name, seed, *(row.figures.get(n, "") for n in names)])
    return out.getvalue()


WRITERS = {"table.md": markdown, "table.tex": latex, "table.csv": table_csv}


def write(folder: Path, rows: Sequence[ProxyRow]) -> list[Path]:
    """Write all tables into `folder`; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in WRITERS.items():
        (folder / name).write_text(make(rows), encoding="utf-8")
    return [folder / name for name in WRITERS]
