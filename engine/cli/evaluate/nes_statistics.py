"""The musical statistics of `starling evaluate nes`: what models make of beginnings, and songs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from starling.engine.cli.output import Report, say_table

if TYPE_CHECKING:
    from starling.models.composer.songs import Songs
    from starling.models.composer.statistics import Statistics, Writer

REAL = "real"  # the row of the songs themselves


@dataclass(frozen=True, slots=True)
class Compared:
    """The means of real songs and of each model's continuations, and how far those are apart."""

    means: dict[str, Statistics]
    distances: dict[str, dict[str, float]]  # of the sets
    paired: dict[str, dict[str, float]]  # of each continuation and its own song

    def named(self) -> dict[str, dict[str, Any]]:
        """For JSON, by model."""
        found: dict[str, dict[str, Any]] = {
            name: {"statistics": mean.named()} for name, mean in self.means.items()
        }
        for name, apart in self.distances.items():
            found[name] |= {"distances": apart, "paired_distances": self.paired[name]}
        return found


def compare(songs: Songs, writers: Mapping[str, Writer], count: int, report: Report) -> Compared:
    """Let each writer go on from the beginnings of songs. Raises InputError for too short songs."""
    from starling.models.composer import statistics
    from starling.models.composer.statistics import PROMPT

    pieces = statistics.beginnings(songs, count)
    real = [statistics.of(piece[PROMPT:]) for piece in pieces]
    found = Compared({REAL: statistics.mean(real)}, {}, {})
    for at, (name, writer) in enumerate(writers.items()):
        report(at / len(writers), f"{name} writes")
        written = list(map(statistics.of, statistics.continued(writer, pieces)))
        found.means[name] = statistics.mean(written)
        found.distances[name] = statistics.distances(real, written)
        found.paired[name] = statistics.paired_distances(real, written)
    return found


def say(compared: Compared, count: int) -> None:
    """Print the means, and the distances from the real songs."""
    from starling.models.composer.statistics import SCALARS

    click.echo(f"\nHow at most {count} songs go on for 30 s after their first 10 s")
    columns = [name.replace("_", " ") for name in SCALARS]
    rows = [
        [name, *(float(getattr(each, scalar)) for scalar in SCALARS)]
        for name, each in compared.means.items()
    ]
    say_table(["", *columns], rows)
    click.echo("\nHow far that is from the real ones: as sets, and each from its own song")
    shown = ["pitch classes", *columns]
    rows = [
        [f"{name}, {kind}", *each[name].values()]
        for name in compared.distances
        for kind, each in (("sets", compared.distances), ("pairs", compared.paired))
    ]
    say_table(["", *shown], rows)
