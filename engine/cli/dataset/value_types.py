"""Values that an option takes in one word: notes with velocities, shares of a mix."""

from __future__ import annotations

from typing import Any

import click

SHARES = ("real", "jitter", "crossover", "marginals", "sd", "flip")  # fields of sampling.Mix


class Notes(click.ParamType):  # type: ignore[type-arg]
    """`60:100:0.65,72:90:0.5`: MIDI note, velocity and seconds that it is held, of each note."""

    name = "notes"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[tuple[int, int, float], ...]:
        """Split at commas and colons; the ranges are checked where they are used."""
        try:
            parts = [part.split(":") for part in value.split(",")]
            return tuple((int(note), int(hit), float(held)) for note, hit, held in parts)
        except (ValueError, AttributeError):
            return self.fail(f"{value!r} is not like 60:100:0.65,72:90:0.5", param, ctx)


class MixShares(click.ParamType):  # type: ignore[type-arg]
    """`real=0.4,jitter=0.3`: some fields of `sampling.Mix`; the others keep their defaults."""

    name = "mix"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> dict[str, float]:
        """Split at commas and equals signs."""
        try:
            pairs = (part.split("=") for part in value.split(","))
            shares = {name.strip(): float(share) for name, share in pairs}
        except (ValueError, AttributeError):
            return self.fail(f"{value!r} is not like real=0.4,jitter=0.3", param, ctx)
        unknown = next((name for name in shares if name not in SHARES), None)
        if unknown is not None:
            self.fail(f"{unknown!r} is none of {', '.join(SHARES)}", param, ctx)
        return shares
