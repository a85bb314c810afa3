"""A group of commands whose errors are sentences: exit code 1, and never a traceback."""

from __future__ import annotations

import sys

import click

from starling.engine.wire.failure_codes import FAULT, code_and_sentence, is_fault
from starling.models.errors import StarlingError
from starling.models.plain import plain


class ErrorGroup(click.Group):
    """A group that turns every exception of a command into a sentence."""

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; a traceback goes to the log, never to the user."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except Exception as exc:
            raise click.ClickException(plain(_sentence(exc))) from exc


def _sentence(exc: Exception) -> str:
    """What the user reads; an exception that has no sentence is logged."""
    foreseen = isinstance(exc, StarlingError) and exc.code != StarlingError.default_code
    if foreseen or not is_fault(exc):  # `diverged` and the like are no codes of the wire
        return code_and_sentence(exc)[1]
    from starling.engine import log
    from starling.engine.config import folders

    fault, place = FAULT.format(kind=type(exc).__name__), folders().logs / log.CLI_FILE
    try:
        handlers = log.open_log(folders().logs, log.CLI_FILE)
        log.fault("fault in a command", exc, command=sys.argv[1:])
        log.close_log(handlers)
    except OSError as refused:
        return (
            f"{fault}, which cannot be written: {code_and_sentence(refused)[1]}; the fault: {exc}"
        )
    return f"{fault}: {place}"
