"""`starling doctor`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from starling.engine.cli.options import PATH, json_option
from starling.engine.cli.output import progress, say, say_json, say_table
from starling.engine.config import folders
from starling.models.errors import InputError

if TYPE_CHECKING:
    from starling.engine.cli.doctor_checks import Finding


@click.command()
@json_option
@click.option(
    "--report",
    "report_file",
    type=PATH,
    metavar="FILE",
    help="Write all of it to a text that you can send, with the end of the logs; no secrets and "
    "nothing of your presets but their number.",
)
def doctor(as_json: bool, report_file: Path | None) -> None:
    """Say what is installed, what is missing, and the command that mends it.

    Exit code 1 when something is missing.
    """
    from starling.engine.cli.doctor_checks import CHECKS, FOLDER

    if report_file and report_file.exists():
        raise InputError(f"{report_file} is there already; name another file")

    findings = []
    with progress("Examining") as report:
        for at, check in enumerate(CHECKS):
            report(at / len(CHECKS), "")
            findings.append(check(folders()))
    if report_file:
        _write_report(report_file, findings)
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


def _write_report(path: Path, findings: Sequence[Finding]) -> None:
    from starling.engine.cli.doctor_report import report

    with path.open("x", encoding="utf-8") as file:
        file.write(report(folders(), findings))
    say(f"wrote {path}: read through it before you send it to anyone", err=True)
