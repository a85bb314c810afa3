"""`starling doctor`."""

from __future__ import annotations

from dataclasses import asdict

import click

from starling.engine.cli.options import json_option
from starling.engine.cli.output import progress, say, say_json, say_table
from starling.engine.config import folders


@click.command()
@json_option
def doctor(as_json: bool) -> None:
    """Say what is installed, what is missing, and the command that mends it.

    Exit code 1 when something is missing.
    """
    from starling.engine.cli.doctor_checks import CHECKS, FOLDER

    findings = []
    with progress("Examining") as report:
        for at, check in enumerate(CHECKS):
            report(at / len(CHECKS), "")
            findings.append(check(folders()))
    if as_json:
        say_json([asdict(each) for each in findings])
    else:
        places = [each for each in findings if each.name.startswith(FOLDER)]
        rows = [
            ("ok" if f.ok else "MISSING", f.name, f.text, "" if f.ok else f.mend)
            for f in findings
            if f not in places
        ]
        say_table(("", "what", "found", "mend it with"), rows)
        for each in places:  # a table would break paths
            say(f"{each.name}: {each.text}")
    if not all(each.ok for each in findings):
        raise click.exceptions.Exit(1)
