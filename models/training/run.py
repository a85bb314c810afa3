"""A run: its networks, how far it is, and what of it a checkpoint keeps."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

import torch
from torch import Tensor, nn

from starling.models.training import averages, checkpoint
from starling.models.training.budget import Budget, Clock
from starling.models.training.checkpoint import CheckpointHeader, Saved
from starling.models.training.device import ANY_DEVICE, Device
from starling.models.training.resume import fill, packed, unpacked
from starling.models.training.session import CHECKPOINT, Session, check_folder
from starling.models.training.watch import WATCH, Watch

Network = TypeVar("Network", bound=nn.Module)


class Settings(Protocol):
    """What every trainer's settings say."""

    @property
    def minutes(self) -> float:
        """Of wall clock; 0: no limit."""

    @property
    def steps(self) -> int:
        """At most; 0: no limit."""

    @property
    def seed(self) -> int:
        """Of all chance."""

    @property
    def threads(self) -> int:
        """Of the CPU; 0 leaves torch's choice."""

    @property
    def save_seconds(self) -> float:
        """Between two checkpoints."""


@dataclass(frozen=True, slots=True)
class Extra:
    """What a trainer keeps beside weights and optimiser: tensors, and how to take them back."""

    tensors: Callable[[], dict[str, Tensor]] = dict
    restore: Callable[[dict[str, Tensor]], None] = lambda saved: None


@dataclass(slots=True)
class Run(Generic[Network]):
    """What a trainer gives to `fit`, and how far that is. `fit` fills the last two lines."""

    out: Path
    settings: Settings
    session: Session
    fabric: Any  # what `begin` returned
    manifest: str  # hash of the data: a resumed run must have the same,
    config: dict[str, Any]  # and the same configuration
    network: Network
    optimizer: torch.optim.Optimizer
    average: Network | None = None  # of the weights; `decay` is how slowly it follows
    decay: float = 0.0
    extra: Extra = field(default_factory=Extra)
    smoothed: bool = True  # whether the figures are running means of the losses
    step: int = 0
    elapsed: float = 0.0  # seconds of training, over all sessions
    validated: int = -1  # the step of the last validation
    stopped: bool = False  # by Ctrl-C or from outside, before the budget was used
    stepping: bool = False  # while a step is in progress, and weights and counts disagree
    figures: dict[str, float] = field(default_factory=dict)
    best: dict[str, float] = field(default_factory=dict)  # figures of the best validation
    before: float = math.nan  # the measure before the first step
    watch: Watch = field(default_factory=Watch)
    fraction: float = 0.0  # of the budget
    clock: Clock = field(init=False)
    model: Any = None  # the network and the optimiser as Fabric wraps them
    stepper: Any = None

    def __post_init__(self) -> None:
        settings = self.settings
        began = self.session.began or time.monotonic()
        self.clock = Clock(Budget(settings.minutes, settings.steps, began))

    @property
    def kept(self) -> Network:
        """The network that is measured and published: the average, where there is one."""
        return self.network if self.average is None else self.average

    def set_rate(self, rate: float) -> None:
        """The learning rate of every group."""
        for group in self.optimizer.param_groups:
            group["lr"] = rate

    def descend(self, loss: Tensor, clip: float = 0.0, clip_value: float = 0.0) -> None:
        """One step of the optimiser down the slope of `loss`.

        The gradient's norm is clipped at `clip`, or each of its numbers at +-`clip_value`; 0: not.
        """
        self.stepper.zero_grad()
        self.fabric.backward(loss)
        if clip:
            self.fabric.clip_gradients(self.model, self.stepper, max_norm=clip)
        if clip_value:
            self.fabric.clip_gradients(self.model, self.stepper, clip_val=clip_value)
        self.stepper.step()

    def seed_step(self) -> None:
        """Seed torch for this step, so that noise and dropout are alike after a resume."""
        torch.manual_seed((self.settings.seed << 24) + self.step)

    def use(self) -> float:
        """The used share of the budget; it never falls, or stages would begin again."""
        used = self.clock.fraction(self.step, self.elapsed) + self.watch.skipped
        self.fraction = max(self.fraction, min(1.0, used))
        return self.fraction

    def _budget(self) -> dict[str, float]:
        """What the used share is a share of."""
        return {"minutes": self.settings.minutes, "steps": float(self.settings.steps)}

    def _take_use(self, saved: Mapping[str, float]) -> None:
        """Go on from the seconds and, of the same budget, the share that are used already.

        Version 0.1.0 kept the seconds of training only.
        """
        self.clock.before = saved.get("spent", self.elapsed)
        if saved and self._budget().items() <= saved.items():
            self.fraction = saved["fraction"]

    def add(self, losses: Mapping[str, float | Tensor]) -> None:
        """Take the losses of a step into the figures. Raises StarlingError for no numbers."""
        shown = averages.smooth(self.figures, losses) if self.smoothed else averages.plain(losses)
        self.figures |= shown

    def header(self) -> CheckpointHeader:
        """How far it is, for a checkpoint."""
        return CheckpointHeader(
            self.step, self.elapsed, self.settings.seed, self.manifest, self.config
        )

    def save(self) -> None:
        """Write the checkpoint, or raise StarlingError (code `diverged`)."""
        numbers = {"figures": self.figures, "best": self.best, "before": {"": self.before}}
        numbers["use"] = {**self._budget(), "fraction": self.fraction, "spent": self.clock.spent()}
        checkpoint.save(
            self.out / CHECKPOINT,
            self.header(),
            self.network.state_dict(),
            {} if self.average is None else self.average.state_dict(),
            self.optimizer.state_dict(),
            packed(numbers) | self.watch.tensors() | self.extra.tensors(),
        )

    def restore(self, saved: Saved) -> None:
        """Fill everything from a checkpoint that `require_same` let pass."""
        self.network.load_state_dict(saved.weights)
        if self.average is not None:
            self.average.load_state_dict(saved.average)
        fill(self.optimizer, saved.optimizer)
        self.step, self.elapsed = saved.header.step, saved.header.elapsed
        numbers, more = unpacked(saved.more)
        self._take_use(numbers["use"])
        self.figures, self.best = numbers["figures"], numbers["best"]
        self.before = numbers["before"].get("", self.before)
        if WATCH in more:  # version 0.1.0 kept none for some networks
            self.watch.restore(more.pop(WATCH))
        self.extra.restore(more)


def begin(out: Path, settings: Settings, session: Session, device: Device = ANY_DEVICE) -> Any:
    """Check budget and folder, set the threads, open the device, seed: before networks are drawn.

    Returns Lightning Fabric. Raises InputError (`bad_budget`, `bad_out`) and MissingError (nothing
    to resume, Fabric not installed).
    """
    Budget(settings.minutes, settings.steps).require()
    check_folder(out, resume=session.resume)
    out.mkdir(parents=True, exist_ok=True)
    if settings.threads:
        torch.set_num_threads(settings.threads)
    fabric = device.open()
    torch.manual_seed(settings.seed)
    return fabric
