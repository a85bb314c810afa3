"""How commands speak: tables for people, JSON for scripts, progress for what takes longer."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

Report = Callable[[float, str], None]
PATIENCE_S = 1.0  # below this a progress bar only flickers


def say_json(value: object) -> None:
    """Print a value as JSON; paths and the like as text."""
    click.echo(json.dumps(value, indent=2, default=str))


def say_table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table; numbers stand to the right."""
    table = Table(header_style="bold")
    for at, column in enumerate(columns):
        numbers = bool(rows) and all(isinstance(row[at], int | float) for row in rows)
        table.add_column(column, justify="right" if numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*(f"{each:.3f}" if isinstance(each, float) else str(each) for each in row))
    Console(emoji=False).print(table)  # 60:100:0.65 is no picture


@contextmanager
def progress(title: str) -> Iterator[Report]:
    """A bar on stderr that appears after a second, and only on a terminal.

    >>> with progress("Scanning") as report:
    ...     report(0.5, "half way")
    """
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    bar = Progress(*columns, TextColumn("{task.fields[text]}"), console=console, transient=True)
    task = bar.add_task(title, total=1.0, text="")
    began = time.monotonic()

    def report(fraction: float, text: str) -> None:
        if console.is_terminal and time.monotonic() - began > PATIENCE_S:
            bar.start()  # starting again does nothing
        bar.update(task, completed=fraction, text=text)

    try:
        yield report
    finally:
        if bar.live.is_started:  # stopping what never started would print an empty line
            bar.stop()
