"""What an import of scores says to people: report.md."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from starling.models.datasets.store import write_whole

REPORT = "report.md"


def write(folder: Path, about: dict[str, Any]) -> None:
    """Write the report into a data set's folder. Raises StarlingError for a full disk."""
    write_whole(folder / REPORT, text(about).encode())


def text(about: dict[str, Any]) -> str:
    """The report as Markdown: classes, licences, what was refused and what was left out."""
    total = sum(one["seconds"] for one in about["classes"].values())
    lines = [f"# {about['name']}", ""]
    lines += [f"{len(about['sounds'])} scores, {total / 3600:.1f} hours, at {about['rate']} Hz."]
    lines += ["", "| class | scores | seconds |", "|---|---|---|"]
    lines += [
        f"| {label} | {one['sounds']} | {one['seconds']:.1f} |"
        for label, one in about["classes"].items()
    ]
    lines += _section(
        "Licence",
        [f"- {e['files']} files: {e['licence']}, {e['attribution']}" for e in about["licence"]],
    )
    lines += _section("Refused", [f"- `{e['file']}`: {e['reason']}" for e in about["refused"]])
    ignored = [f"- {count} {suffix}" for suffix, count in about["ignored"].items()]
    lines += _section("Not scores, passed over", ignored)
    copies = [f"- `{each['file']}` is `{each['of']}`" for each in about["duplicates"]]
    lines += _section("Duplicates, left out", copies)
    left_out = [
        f"- `{e['name']}`: {'; '.join(e['left_out'])}" for e in about["sounds"] if e["left_out"]
    ]
    lines += _section("Arranged with less than all", left_out)
    return "\n".join(lines) + "\n"


def _section(title: str, lines: Sequence[str]) -> list[str]:
    return ["", f"## {title} ({len(lines)})", "", *lines] if lines else []
