"""The evaluation's table as Markdown, LaTeX, CSV and JSON: figures down, models across."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starling.models.evaluation.evaluate import Evaluation, EvaluationRow


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table: a figure's name, its head, and how many digits it deserves."""

    figure: str
    head: str
    digits: int = 2


LINES = (
    Line("sounds", "sounds", 0),
    Line("silent", "silent, left out", 0),
    Line("frechet", "FD-timbre"),
    Line("frechet_train", "  against training sounds"),
    Line("frechet_held_out", "  against held-out sounds"),
    Line("frechet_low", "  all low-passed"),
    Line("kernel", "KID", 3),
    Line("kernel_train", "  against training sounds", 3),
    Line("kernel_held_out", "  against held-out sounds", 3),
    Line("kernel_low", "  all low-passed", 3),
    Line("class_accuracy", "class accuracy, counted classes", 3),
    Line("class_accuracy_ratio", "  over held-out real", 3),
    Line("class_accuracy_all", "  all classes", 3),
    Line("inception_score", "inception score"),
    Line("two_sample_auc", "told from real: AUC", 3),
    Line("two_sample_accuracy", "  accuracy", 3),
    Line("two_sample_accuracy_mel", "  accuracy by log-mel network", 3),
    Line("nearest_neighbour_ratio", "nearest-neighbour ratio"),
    Line("nearest_neighbour_ratio_mel", "  in log-mel"),
    Line("spread_ratio", "diversity over real"),
    Line("spread_ratio_mel", "  in log-mel"),
    Line("density", "density"),
    Line("coverage", "coverage"),
    Line("centroid_octaves", "centroid moved, octaves"),
    Line("decay_doublings", "decay moved, doublings"),
    Line("f0_octaves", "F0 moved, octaves"),
    Line("voiced_share", "voiced share of frames"),
    Line("f0_range", "F0 of 90 % of sounds, Hz", 0),
    Line("f0_glide", "F0 moves within a sound, semitones", 1),
    Line("p50_ms", "ms a sound, p50", 1),
    Line("load_ms", "ms to load", 0),
)
KNOBS = "control_spearman"
NOTES = (
    "FD-timbre: Fréchet distance in the shipped timbre embedding, scaled to a mean square of 1 a "
    "coordinate; not FAD. Covariances of few sounds are singular: the trace term is a nuclear norm."
    " It grows as sounds get fewer: compare columns of equal n.",
    "KID: unbiased, cubic polynomial. Both against {headline}; the column 'real, held out' against "
    "the training sounds, 'real, halves' one random half against the other: the floor.",
    "class accuracy: mean of {judges} classifiers trained on the {train} training recordings only; "
    "counted: classes of at least 40 recordings ({counted}).",
    "nearest-neighbour ratio: median distance to the training sounds over that of held-out ones; "
    "below .5 is copying. Density 1 and coverage 1 at best (Naeem et al. 2020).",
    "told from real: .5 is ideal. moved: Wasserstein distances of histograms. ρ: mean Spearman of "
    "a control with what it promises, seeds locked.",
)


def notes(found: Evaluation) -> list[str]:
    """What a reader must know, with the numbers of this evaluation."""
    facts = found.facts
    known = {
        "headline": f"{_side(facts)} recordings",
        "judges": facts["judges"],
        "train": facts["train"],
        "counted": ", ".join(facts["counted_classes"]) or "none",
    }
    lines = [note.format(**known) for note in NOTES]
    if facts["low_pass_hz"]:
        lines.append(f"all low-passed: at {facts['low_pass_hz']} Hz, half the lowest model's rate.")
    lines.append(
        f"{facts['real']} recordings, {facts['held_out']} held out, {facts['drawn']} sounds drawn "
        f"in their proportions, seeds from {facts['seed']}; embedding {facts['embedding']}."
    )
    return [*lines, *found.notes]


def _side(facts: dict[str, Any]) -> str:
    held = facts["headline"] == "held_out"
    return f"the {facts['held_out']} held-out" if held else f"all {facts['real']}"


def lines(rows: Sequence[EvaluationRow]) -> list[tuple[str, list[str]]]:
    """(head, cells) for every figure that any row has."""
    table = [
        (line.head, [cell(row.figures.get(line.figure), line.digits) for row in rows])
        for line in LINES
        if any(row.figures.get(line.figure) is not None for row in rows)
    ]
    knobs = dict.fromkeys(name for row in rows for name in row.figures.get(KNOBS, {}))
    for knob in knobs:
        cells = [cell(row.figures.get(KNOBS, {}).get(knob)) for row in rows]
        table.append((f"ρ of {knob}", cells))
    return table


def cell(value: Any, digits: int = 2) -> str:
    """A figure as text; a range as two numbers; - for none."""
    if value is None:
        return "-"
    if isinstance(value, list):
        return "-".join(f"{each:.{digits}f}" for each in value)
    return f"{value:.{digits}f}"


def markdown(found: Evaluation) -> str:
    """One table, then the notes."""
    heads = ["", *(row.name for row in found.rows)]
    text = [
        "# One-shot models\n",
        f"| {' | '.join(heads)} |",
        "|---" + "|---:" * len(found.rows) + "|",
    ]
    text += [f"| {' | '.join([head.strip(), *cells])} |" for head, cells in lines(found.rows)]
    return "\n".join([*text, "", *(f"- {note}" for note in notes(found)), ""])


def latex(found: Evaluation) -> str:
    """One tabular; needs no package."""
    columns = "l" + "r" * len(found.rows)
    text = [f"\\begin{{tabular}}{{{columns}}}", "\\hline"]
    text.append(" & ".join(map(_tex, ["", *(row.name for row in found.rows)])) + " \\\\")
    text.append("\\hline")
    text += [" & ".join(map(_tex, [head, *cells])) + " \\\\" for head, cells in lines(found.rows)]
    return "\n".join([*text, "\\hline", "\\end{tabular}", ""])


def _tex(text: str) -> str:
    """Plain text in LaTeX; two leading blanks are an indent."""
    special = {"%": "\\%", "_": "\\_", "&": "\\&", "#": "\\#", "ρ": "$\\rho$", "é": "\\'e"}
    made = "".join(special.get(letter, letter) for letter in text.strip())
    return f"\\quad {made}" if text.startswith("  ") else made


def table_csv(found: Evaluation) -> str:
    """A line a model with every figure, for other programs; nested ones as knob or class apart."""
    flat = [(row.name, dict(_flat(row.figures))) for row in found.rows]
    names = list(dict.fromkeys(name for _, figures in flat for name in figures))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["model", *names])
    for name, figures in flat:
        writer.writerow([name, *(figures.get(each, "") for each in names)])
    return out.getvalue()


def _flat(figures: dict[str, Any], before: str = "") -> list[tuple[str, Any]]:
    """Figures with the names of nested ones joined by dots."""
    pairs: list[tuple[str, Any]] = []
    for name, value in figures.items():
        if isinstance(value, dict):
            pairs += _flat(value, f"{before}{name}.")
        elif value is not None:
            pairs.append((f"{before}{name}", cell(value, 1) if isinstance(value, list) else value))
    return pairs


def to_json(found: Evaluation) -> dict[str, Any]:
    """Facts, notes and every row's figures, rounded."""
    return {
        "facts": found.facts,
        "notes": list(found.notes),
        "rows": [
            {"name": row.name, "model": row.is_model, **rounded(row.figures)} for row in found.rows
        ],
    }


def rounded(figures: dict[str, Any]) -> dict[str, Any]:
    """Figures to four digits after the point."""
    return {
        name: rounded(value)
        if isinstance(value, dict)
        else round(value, 4)
        if isinstance(value, float)
        else value
        for name, value in figures.items()
    }


def _figures_json(found: Evaluation) -> str:
    return json.dumps(to_json(found), indent=2) + "\n"


WRITERS = {
    "table.md": markdown,
    "table.tex": latex,
    "table.csv": table_csv,
    "figures.json": _figures_json,
}


def write(folder: Path, found: Evaluation) -> list[Path]:
    """Write all tables into `folder`; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in WRITERS.items():
        (folder / name).write_text(make(found), encoding="utf-8")
    return [folder / name for name in WRITERS]
