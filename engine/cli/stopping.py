"""What long commands share: Ctrl-C is a sentence, and other processes go first."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click

OWN_PROCESS = "own process"  # `obj` of the context where the command is all of its process


@contextmanager
def stoppable(afterwards: str) -> Iterator[None]:
    """Turn Ctrl-C into a sentence, `stopped;` and what the same command does then; exit code 1."""
    try:
        yield
    except KeyboardInterrupt:
        raise click.ClickException(f"stopped; {afterwards}") from None


def give_way_alone() -> None:
    """Let other processes go first, if this one was started for the command and for nothing else.

    Within another program, as in tests, that program would be slow ever after.
    """
    if click.get_current_context().find_root().obj != OWN_PROCESS:
        return
    from starling.presets.sandbox.niceness import NICENESS, give_way

    give_way(NICENESS)
