"""A run: its networks, how far it is, and what of it a checkpoint keeps."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

import torch
from torch import Tensor, nn

from starling.models.errors import InputError
from starling.models.training import averages, checkpoint
from starling.models.training.budget import Budget, Clock
from starling.models.training.checkpoint import Header, Saved
from starling.models.training.device import ANY_DEVICE, Device
from starling.models.training.session import CHECKPOINT, Session, check_folder

OURS = "fit."  # begins the names of what this file keeps in a checkpoint's third group
WATCH = "watch"
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


@dataclass(slots=True)
class Watch:
    """How validations have gone: the best loss, and how many since then were no better."""

    best: float = math.inf
    stale: int = 0
    skipped: float = 0.0  # share of the budget that patience has cut off

    def tensors(self) -> dict[str, Tensor]:
        """For the checkpoint."""
        return {WATCH: torch.tensor([self.best, self.stale, self.skipped], dtype=torch.float64)}

    def restore(self, saved: Tensor) -> None:
        """Take up where `tensors` left off."""
        self.best, self.skipped = float(saved[0]), float(saved[2])
        self.stale = int(saved[1])

    def note(self, loss: float) -> bool:
        """Another validation; whether it is the best so far."""
        better = loss < self.best
        self.stale = 0 if better else self.stale + 1
        self.best = min(self.best, loss)
        return better


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

    def descend(self, loss: Tensor, clip: float = 0.0) -> None:
        """One step of the optimiser down the slope of `loss`, the gradient's norm clipped."""
        self.stepper.zero_grad()
        self.fabric.backward(loss)
        if clip:
            self.fabric.clip_gradients(self.model, self.stepper, max_norm=clip)
        self.stepper.step()

    def seed_step(self) -> None:
        """Seed torch for this step, so that noise and dropout are alike after a resume."""
        torch.manual_seed((self.settings.seed << 24) + self.step)

    def use(self) -> float:
        """The used share of the budget; it never falls, or stages would begin again."""
        used = self.clock.fraction(self.step, self.elapsed) + self.watch.skipped
        self.fraction = max(self.fraction, min(1.0, used))
        return self.fraction

    def add(self, losses: Mapping[str, float | Tensor]) -> None:
        """Take the losses of a step into the figures. Raises StarlingError for no numbers."""
        shown = averages.smooth(self.figures, losses) if self.smoothed else averages.plain(losses)
        self.figures |= shown

    def header(self) -> Header:
        """How far it is, for a checkpoint."""
        return Header(self.step, self.elapsed, self.settings.seed, self.manifest, self.config)

    def save(self) -> None:
        """Write the checkpoint, or raise StarlingError (code `diverged`)."""
        numbers = {"figures": self.figures, "best": self.best, "before": {"": self.before}}
        ours = {
            f"{OURS}{group}.{name}": torch.tensor(value, dtype=torch.float64)
            for group, named in numbers.items()
            for name, value in named.items()
        }
        checkpoint.save(
            self.out / CHECKPOINT,
            self.header(),
            self.network.state_dict(),
            self.average.state_dict() if self.average else {},
            self.optimizer.state_dict(),
            ours | self.watch.tensors() | self.extra.tensors(),
        )

    def restore(self, saved: Saved) -> None:
        """Fill everything from a checkpoint that `require_same` let pass."""
        self.network.load_state_dict(saved.weights)
        if self.average is not None:
            self.average.load_state_dict(saved.average)
        fill(self.optimizer, saved.optimizer)
        self.step, self.elapsed = saved.header.step, saved.header.elapsed
        self.clock.before = self.elapsed
        numbers, more = _split(saved.more)
        self.figures, self.best = numbers["figures"], numbers["best"]
        self.before = numbers["before"].get("", self.before)
        if WATCH in more:  # version 0.1.0 kept none for some networks
            self.watch.restore(more.pop(WATCH))
        self.extra.restore(more)


def _split(more: dict[str, Tensor]) -> tuple[dict[str, dict[str, float]], dict[str, Tensor]]:
    """The numbers that `Run.save` kept, by group and name, and what is the trainer's own."""
    numbers: dict[str, dict[str, float]] = {"figures": {}, "best": {}, "before": {}}
    for key, value in more.items():
        if key.startswith(OURS):
            group, name = key.removeprefix(OURS).split(".", 1)
            numbers[group][name] = float(value)
    return numbers, {key: value for key, value in more.items() if not key.startswith(OURS)}


def knows_before(saved: Saved) -> bool:
    """Whether a checkpoint holds the measure before the first step; version 0.1.0 kept none."""
    return f"{OURS}before." in saved.more


def modern(saved: Saved) -> Saved:
    """A checkpoint with its figures where `Run.restore` looks for them.

    Version 0.1.0 kept those of a preset encoder in the header, beside its configuration.
    """
    config = saved.header.config
    if config.keys() != {"run", "figures", "best"}:
        return saved
    more = {
        f"{OURS}{group}.{name}": torch.tensor(value, dtype=torch.float64)
        for group in ("figures", "best")
        for name, value in config[group].items()
    }
    if config["best"]:
        more |= Watch(best=-config["best"]["valid_mrr"]).tensors()
    return replace(saved, header=replace(saved.header, config=config["run"]), more=more)


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


def require_same(saved: Header, now: Header) -> None:
    """Raise InputError (code `bad_resume`) where a checkpoint belongs to another run."""
    wrong = {
        "was trained on other data": saved.manifest != now.manifest,
        f"was made with seed {saved.seed}": saved.seed != now.seed,
        "has another network or other settings": _plain(saved.config) != _plain(now.config),
    }
    for what, differs in wrong.items():
        if differs:
            raise InputError(f"the checkpoint {what}", code="bad_resume")


def _plain(config: Mapping[str, Any]) -> str:
    """As JSON has it: tuples become lists."""
    return json.dumps(config, sort_keys=True)


def fill(optimizer: torch.optim.Optimizer, slots: dict[int, dict[str, Tensor]]) -> None:
    """Give an optimiser what a checkpoint kept of it; its settings stay its own."""
    optimizer.load_state_dict({**optimizer.state_dict(), "state": slots})
