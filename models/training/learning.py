"""Whether a run learned: a held-out measure before the first step and after the last.

It is checked where time was the budget and for runs of LEAST_STEPS and more; shorter ones, of
tests and of first tries, end before a warm-up does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from starling.models.errors import StarlingError

LEAST_STEPS = 100  # the longest warm-up of our trainers


@dataclass(frozen=True, slots=True)
class Measure:
    """A loss that a run must lower, on sounds or presets that it is not trained on.

    Where too few are held out, it is taken on those of training, and `name` says so. `trivial` is
    the loss of an answer that needs no training, or None.
    """

    loss: Callable[[], float]
    name: str = "held-out loss"
    trivial: float | None = None


@dataclass(frozen=True, slots=True)
class Learning:
    """The loss before the first step and after the last, and that of a trivial answer."""

    name: str
    before: float
    after: float
    trivial: float | None = None

    @property
    def learned(self) -> bool:
        """Whether the loss fell, and below the trivial one; a loss that is no number did not."""
        return self.after < self.before and (self.trivial is None or self.after < self.trivial)

    def facts(self) -> dict[str, Any]:
        """For the card."""
        return {name: value for name, value in asdict(self).items() if value is not None}


def require_learned(learning: Learning | None, step: int) -> None:
    """Raise StarlingError (code `not_learned`) where a run did not; None was not checked."""
    if learning is None or learning.learned:
        return
    trivial = (
        "" if learning.trivial is None else f" and {learning.trivial:.4g} by a constant answer"
    )
    raise StarlingError(
        f"the model did not learn: its {learning.name} is {learning.after:.4g} after {step} steps, "
        f"{learning.before:.4g} before the first{trivial}; no model is written. The checkpoint is "
        "kept: --resume goes on with a larger budget",
        code="not_learned",
    )
