"""What a scan found, and how it is told: reasons once each, with a count and an example. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

__all__ = ["Group", "ScanReport", "grouped"]

Told = tuple[str, str]  # what, usually a preset or a file, and why

# What differs between sentences of one kind: quoted names, numbers, hexadecimal digits.
_PARTICULARS = re.compile(r"'[^']*'|\"[^\"]*\"|\b[0-9A-F]*\d[0-9A-Fa-f.,]*\b|\bvoice \d+ \(.*?\)")


@dataclass(frozen=True, slots=True)
class ScanReport:
    """How many presets are new or renewed, how many were up to date, and which failed, and why.

    `remarks` are files that were read although something is odd about them: name, and what.
    """

    added: int
    kept: int
    failed: list[Told] = field(default_factory=list)
    remarks: list[Told] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Group:
    """Sentences of one kind: how many there are, and the first."""

    count: int
    name: str
    reason: str


def grouped(told: Iterable[Told]) -> list[Group]:
    """The kinds of reasons, the commonest first; those that differ in names and numbers are one.

    >>> grouped([("a.syx", "it has 3 bytes"), ("b.syx", "it has 5 bytes")])
    [Group(count=2, name='a.syx', reason='it has 3 bytes')]
    """
    kinds: dict[str, list[Told]] = {}
    for name, reason in told:
        kinds.setdefault(_PARTICULARS.sub("_", reason.replace(name, "_")), []).append(
            (name, reason)
        )
    ordered = sorted(kinds.values(), key=lambda each: -len(each))
    return [Group(len(each), *each[0]) for each in ordered]
