"""The trainer of the estimator (sound to preset), from parameters and by ear through a proxy.

The published optimiser and losses; its learning rate fell on plateaus over 600 epochs, which took
days: here it warms up and follows a cosine over whatever budget is given. What a run needs beside
its steps is in models/training.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from starling.models.datasets.rendered_presets import RenderedSet
from starling.models.errors import InputError
from starling.models.estimator.network import (
    Config,
    Estimator,
    Layout,
    Losses,
    SoftPreset,
    agreement,
    decoded,
    parameter_loss,
    weights,
)
from starling.models.proxy.data import fingerprint
from starling.models.proxy.encoder import Proxy
from starling.models.proxy.network import Starling
from starling.models.proxy.parameter_space import Space
from starling.models.training.fit import fit
from starling.models.training.learning import Measure
from starling.models.training.result import Result
from starling.models.training.run import Run, begin
from starling.models.training.schedule import cosine
from starling.models.training.session import QUIET, Session
from starling.models.training.validation import Validation

VALID = 10  # every tenth preset is kept for validation
MOST_VALID, CHUNK = 1000, 200  # of those, so many are used, so many at a time
MEMORY = 2**30  # bytes of log-mels that are read at once; of a larger set each batch when needed
Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Settings:
    """One run. Either `minutes` or `steps` ends it, whichever comes first; 0 means no limit."""

    minutes: float = 0.0
    steps: int = 0
    seed: int = 0
    threads: int = 0  # 0 leaves torch's choice
    losses: Losses = "mix"  # the best published one for Dexed
    batch: int = 64
    rate: float = 7e-3  # Dexed's; Diva's was 3e-4
    warmup: float = 0.05  # share of the budget; published: 2,070 steps of some 200,000
    final_rate: float = 0.03  # of the highest, at the end of the cosine
    decay: float = 0.01
    clip: float = 1.0
    valid_steps: int = 200
    save_seconds: float = 60.0

    def learning_rate(self, fraction: float) -> float:
        """Linear warm-up, then a cosine over the budget."""
        return (
            self.rate
            * min(1.0, (fraction + 1e-3) / self.warmup)
            * cosine(fraction, self.final_rate)
        )


@dataclass(frozen=True, slots=True)
class PerceptualTargets:
    """What the perceptual loss compares: a proxy of ours, and the vectors (n, notes, m) of the data
    set's sounds by the embedder that it predicts.
    """

    proxy: Proxy
    vectors: Array


class Presets:
    """A rendered set as the estimator learns it: log-mels to presets in 0..1."""

    def __init__(self, data: RenderedSet, space: Space) -> None:
        self.data = data
        held = 2 * int(np.prod(data.log_mel.shape)) <= MEMORY
        self._mels: Any = data.log_mel[:] if held else data.log_mel  # (n, notes, 64, 51) float16
        self.unit = space.unit(np.asarray(data.parameters, np.float32))  # (n, P)
        rows = np.arange(len(self.unit))
        self.trained = rows[rows % VALID != 0]
        self.held_out = rows[::VALID][:MOST_VALID]

    def draw(self, count: int, seed: int, step: int) -> tuple[NDArray[np.int64], int]:
        """The presets of a step, and the note that they are played at."""
        rng = np.random.default_rng((seed, step))
        rows = rng.choice(self.trained, count)
        return rows, int(rng.integers(len(self.data.notes)))

    def mel(self, rows: NDArray[np.int64], note: int) -> Tensor:
        """Log-mels (B, 64, 51) of some presets at a note."""
        return torch.from_numpy(np.asarray(self._mels[rows, note], np.float32))

    @cached_property
    def extremes(self) -> tuple[float, float]:
        """The lowest and the highest value of the presets that are held out."""
        sample = self.mel(self.held_out, 0)
        return float(sample.min()), float(sample.max())

    @torch.no_grad()
    def outputs(self, model: Estimator) -> Tensor:
        """What the network says of the presets held out, at their first note: (B, size)."""
        mel, device = self.mel(self.held_out, 0), next(model.parameters()).device
        model.eval()
        return torch.cat([model(part.to(device)).cpu() for part in torch.split(mel, CHUNK)])

    def validate(self, model: Estimator) -> dict[str, float]:
        """How near the network comes to the presets held out."""
        found = decoded(model.layout, self.outputs(model))
        return agreement(model.layout, found, self.unit[self.held_out])


def error(figures: dict[str, float]) -> float:
    """One number for what `agreement` measures: the mean error of numbers and of choices."""
    wrong = [value if name == "num_error" else 1 - value for name, value in figures.items()]
    return sum(wrong) / len(wrong)


def constant_error(layout: Layout, presets: Presets) -> float:
    """The same where all presets are one: the medians of those that are trained on."""
    median = presets.unit[presets.trained].median(dim=0).values  # of a switch or category: a step
    wanted = presets.unit[presets.held_out]
    return error(agreement(layout, median.expand_as(wanted), wanted))


def train(
    data: RenderedSet,
    config: Config,
    settings: Settings,
    out: Path,
    session: Session = QUIET,
    targets: PerceptualTargets | None = None,
) -> Result[Estimator]:
    """Train until the budget is used; checkpoints in `out`.

    The losses "mix" and "switch" need `targets`. Raises InputError where these or enough presets
    are missing, or the proxy is of another kind or schema, and as `begin` and `fit`.
    """
    fabric = begin(out, settings, session)
    space = Space.of(data.synth, data.schema_hash, data.schema)
    if len(data.parameters) < VALID:
        raise InputError(f"{data.folder} has {len(data.parameters)} presets; at least {VALID}")
    targets = _fitting(targets, space, settings.losses)
    model, presets = Estimator(Layout(space), config), Presets(data, space)
    model.fit(*presets.extremes)
    optimizer = torch.optim.AdamW(
        model.parameters(), settings.rate, betas=(0.86, 0.98), weight_decay=settings.decay
    )
    about = {**asdict(config), "losses": settings.losses}
    if targets:
        about["proxy"] = targets.proxy.card.get("sha256", "")
    manifest = fingerprint(data)
    run = Run(out, settings, session, fabric, manifest, about, model, optimizer)
    perceptual = _Perceptual(run, presets, targets) if targets else None

    def step(done: float) -> dict[str, Tensor]:
        run.set_rate(settings.learning_rate(done))
        run.model.train()
        rows, note = presets.draw(settings.batch, settings.seed, run.step)
        outputs = run.model(fabric.to_device(presets.mel(rows, note)))  # (B, size)
        unit = fabric.to_device(presets.unit[rows])
        by_parameter, by_ear = weights(settings.losses, done)
        parts = {"parameters": parameter_loss(model.layout, outputs, unit, config.smoothing)}
        loss = by_parameter * parts["parameters"]
        if by_ear and perceptual is not None:
            parts["perceptual"] = perceptual.loss(outputs, rows, note)
            loss = loss + by_ear * parts["perceptual"]
        run.descend(loss, settings.clip)
        return parts

    alone = settings.losses == "parameters"  # the others trade parameters for the sound
    trivial = constant_error(model.layout, presets) if alone else None
    measure = Measure(lambda: error(presets.validate(model)), "held-out error", trivial)
    validation = Validation(lambda: presets.validate(model), settings.valid_steps)
    learning = fit(run, step, measure, validation)
    return Result.of(run, model.cpu().eval(), learning)


def _fitting(
    targets: PerceptualTargets | None, space: Space, losses: Losses
) -> PerceptualTargets | None:
    """What the losses need of the targets. Raises InputError where they are not that."""
    if losses == "parameters":
        return None
    if targets is None or not isinstance(targets.proxy.network, Starling):
        raise InputError(f"the losses {losses!r} need a proxy of ours (encoder `starling`)")
    targets.proxy.space.require(space, "the data set")
    return targets


class _Perceptual:
    """The perceptual loss: what a proxy predicts for outputs, against the vectors of the sounds."""

    def __init__(self, run: Run[Estimator], presets: Presets, targets: PerceptualTargets) -> None:
        assert isinstance(targets.proxy.network, Starling)
        self.to_device, self.presets, self.targets = run.fabric.to_device, presets, targets
        soft = SoftPreset(run.network.layout, targets.proxy.network)
        self.predict = soft.to(run.fabric.device)

    def loss(self, outputs: Tensor, rows: NDArray[np.int64], note: int) -> Tensor:
        """L1 for outputs (B, size) of these presets at a note."""
        vectors = torch.from_numpy(self.targets.vectors[rows, note])
        wanted = self.targets.proxy.scaling.wanted(vectors)  # (B, m)
        played = torch.tensor([self.presets.data.notes[note]], dtype=torch.float32)
        predicted: Tensor = self.predict(outputs, self.to_device(played.expand(len(rows), 3)))
        return (predicted - torch.as_tensor(self.to_device(wanted))).abs().mean()
