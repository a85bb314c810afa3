"""How commands speak: tables for people, JSON for scripts, progress for what takes longer."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Literal

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from starling.models.plain import plain

Report = Callable[[float, str], None]
PATIENCE_S = 1.0  # below this a progress bar only flickers
LINE_S = 5.0  # between two lines of progress, where the output is no terminal,
LINE_SHARE = 0.01  # and so much must have been done since, or
LONGEST_LINE_S = 60.0  # so long ago was the last


def say_json(value: object, *, err: bool = False) -> None:
    """Print a value as JSON; paths and the like as text."""
    click.echo(json.dumps(value, indent=2, default=str), err=err)


def say(text: str, *, err: bool = False) -> None:
    """Print a line for people; names from files stand in it as they are, and command nothing."""
    click.echo(plain(text), err=err)


def say_table(
    columns: Sequence[str], rows: Sequence[Sequence[object]], *, err: bool = False
) -> None:
    """Print a table; numbers stand to the right. No cell is read as markup."""
    table = Table(header_style="bold")
    for at, column in enumerate(columns):
        numbers = bool(rows) and all(isinstance(row[at], int | float) for row in rows)
        justify: Literal["left", "right"] = "right" if numbers else "left"
        table.add_column(_cell(column), justify=justify, overflow="fold")
    for row in rows:
        table.add_row(*map(_cell, row))
    Console(emoji=False, stderr=err).print(table)  # 60:100:0.65 is no picture


def _cell(value: object) -> Text:
    return Text(f"{value:.3f}" if isinstance(value, float) else plain(str(value)))


@contextmanager
def progress(title: str) -> Iterator[Report]:
    """A bar on stderr that appears after a second; lines of text where that is no terminal.

    >>> with progress("Scanning") as report:
    ...     report(0.5, "half way")
    """
    console = Console(stderr=True)
    with _bar(title, console) if console.is_terminal else nullcontext(_lines(title)) as report:
        yield report


@contextmanager
def _bar(title: str, console: Console) -> Iterator[Report]:
    """A bar that vanishes when the work is done."""
    title_column = TextColumn("{task.description}", markup=False)
    text_column = TextColumn("{task.fields[text]}", markup=False)
    columns = (title_column, BarColumn(), TimeElapsedColumn(), text_column)
    bar = Progress(*columns, console=console, transient=True)
    task = bar.add_task(title, total=1.0, text="")
    began = time.monotonic()

    def report(fraction: float, text: str) -> None:
        if time.monotonic() - began > PATIENCE_S:
            bar.start()  # starting again does nothing
        bar.update(task, completed=fraction, text=plain(text, keep=""))

    try:
        yield report
    finally:
        if bar.live.is_started:  # stopping what never started would print an empty line
            bar.stop()


def _lines(title: str) -> Report:
    """A line every few seconds, for logs: `Training 42% step 310  loss 1.203`."""
    last, done = time.monotonic(), 0.0

    def report(fraction: float, text: str) -> None:
        nonlocal last, done
        passed = time.monotonic() - last
        if passed < LINE_S or (fraction - done < LINE_SHARE and passed < LONGEST_LINE_S):
            return
        last, done = time.monotonic(), fraction
        say(f"{title} {fraction:.0%} {text}".rstrip(), err=True)

    return report
