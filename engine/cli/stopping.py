"""Ctrl-C in a command that goes on where it stopped."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click


@contextmanager
def stoppable(afterwards: str) -> Iterator[None]:
    """Turn Ctrl-C into a sentence, `stopped;` and what the same command does then; exit code 1."""
    try:
        yield
    except KeyboardInterrupt:
        raise click.ClickException(f"stopped; {afterwards}") from None
