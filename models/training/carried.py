"""What recurrent networks carry from one window of truncated back-propagation to the next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from torch import Tensor, nn


@dataclass(slots=True)
class Carried:
    """The states after the last step; None before the first. Goes into `Run.extra`."""

    network: nn.Module
    leads: bool  # the process whose states a checkpoint keeps
    state: tuple[Tensor, ...] | None = None

    def keep(self, state: Iterable[Tensor] | None) -> None:
        """Take the states after a step, without their history."""
        self.state = None if state is None else tuple(each.detach().float() for each in state)

    def tensors(self) -> dict[str, Tensor]:
        """For the checkpoint."""
        return {f"state.{at}": each.cpu() for at, each in enumerate(self.state or ())}

    def restore(self, saved: dict[str, Tensor]) -> None:
        """Take up where `tensors` left off; a further process, whose states were not kept, anew."""
        device = next(self.network.parameters()).device
        found = tuple(saved[f"state.{at}"].to(device) for at in range(len(saved)))
        self.state = found if found and self.leads else None
