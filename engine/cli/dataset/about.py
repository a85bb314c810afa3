"""A data set on the terminal: its classes, then what was refused, left out, cut or passed over."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import click

from starling.engine.cli.output import say_table

NOUNS = {"album": "recording", "nes": "score"}
SHOWN = 10  # refusals and the like on the terminal; report.md has all


def show_about(about: dict[str, Any], place: Path | None) -> None:
    """Print a data set of sounds or scores, and where it is: None after a dry run."""
    kind = about.get("as", "")
    _show_classes(about, "scores" if kind == "nes" else "sounds")
    _show_some("refused", [f"{each['file']}: {each['reason']}" for each in about["refused"]])
    _show_some("left out", [f"{each['file']} is {each['of']}" for each in about["duplicates"]])
    {"album": _show_album, "nes": _show_scores}.get(kind, _show_oneshots)(about)
    if about["ignored"]:
        others = ", ".join(f"{count} {suffix}" for suffix, count in about["ignored"].items())
        click.echo(f"passed over: {others}")
    for sentence in about["warnings"]:
        click.echo(f"warning: {sentence}")
    where = f"{about['name']}: {place}" if place else f"{about['name']}: dry run, nothing is kept"
    count, noun = len(about["sounds"]), NOUNS.get(kind, "sound")
    click.echo(f"{count} {noun}{'s' if count != 1 else ''} in the data set {where}")


def _show_classes(about: dict[str, Any], of: str) -> None:
    """Print how much there is of each class, and how many of its files were refused."""
    refused = Counter(each.get("class", "") for each in about["refused"])
    labels = [*about["classes"], *(label for label in refused if label not in about["classes"])]
    none = {"sounds": 0, "seconds": 0.0}
    rows = []
    for label in labels:
        one = about["classes"].get(label, none)
        rows.append((label or "-", one["sounds"], round(one["seconds"], 1), refused[label]))
    say_table(("class", of, "seconds", "refused"), rows)


def _show_oneshots(about: dict[str, Any]) -> None:
    """Print what was cut, what is nearly the same, and what is in two classes."""
    cut = sum(each.get("cut", False) for each in about["sounds"])
    if cut:
        click.echo(f"{cut} were longer than {about['seconds']:g} s and are cut there")
    near = len(about["near_duplicates"])
    if near:
        click.echo(f"{near} pairs are nearly the same and share a split")
    conflicts = [f"{e['file']} ({' or '.join(e['classes'])})" for e in about["conflicts"]]
    _show_some("in two classes", conflicts)


def _show_album(about: dict[str, Any]) -> None:
    """Print what is too short or silent, and what training makes of the rest."""
    _show_some("not learned from", about["left_out"])
    click.echo(
        f"{about['minutes']:.1f} minutes at {about['rate']} Hz, {about['training_chunks']} chunks "
        f"of {about['chunk_seconds']:g} s to learn from, {about['validation_chunks']} to validate; "
        f"classes: {', '.join(about['labels'])}; gain {about['gain_db']:+.1f} dB"
    )


def _show_scores(about: dict[str, Any]) -> None:
    """Print what the four voices have no place for."""
    less = [f"{e['name']}: {'; '.join(e['left_out'])}" for e in about["sounds"] if e["left_out"]]
    _show_some("arranged with less than all", less)
    hours = sum(one["seconds"] for one in about["classes"].values()) / 3600
    click.echo(f"{hours:.1f} hours at {about['rate']} frames a second")


def _show_some(title: str, lines: list[str]) -> None:
    """Print the first few lines under a title."""
    if lines:
        click.echo(f"{title}: {len(lines)}")
    for line in lines[:SHOWN]:
        click.echo(f"  {line}")
    if len(lines) > SHOWN:
        click.echo(f"  and {len(lines) - SHOWN} more; report.md has all")
