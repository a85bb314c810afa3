"""The training loop of the estimator (sound to preset): one plain loop on Lightning Fabric.

The published optimiser and losses; its learning rate fell on plateaus over 600 epochs, which took
days: here it warms up and follows a cosine over whatever budget is given. Ctrl-C saves and leaves.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from lightning_fabric import Fabric
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
from starling.models.training import checkpoint, loop

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

    def fraction(self, step: int, elapsed: float) -> float:
        """How much of the budget is used, 0..1."""
        return loop.used(step, elapsed, self.steps, self.minutes)

    def learning_rate(self, fraction: float) -> float:
        """Linear warm-up, then a cosine over the budget."""
        level = loop.cosine(fraction, self.final_rate)
        return self.rate * min(1.0, (fraction + 1e-3) / self.warmup) * level


@dataclass(frozen=True, slots=True)
class Heard:
    """What gives the perceptual loss: a proxy of ours, and the vectors (n, notes, m) of the data
    set's sounds by the embedder that it predicts.
    """

    proxy: Proxy
    vectors: Array


@dataclass(frozen=True, slots=True)
class Result:
    """What a run leaves: the network, where it stands, its smoothed losses and its validation."""

    model: Estimator
    step: int
    elapsed: float
    figures: dict[str, float]
    interrupted: bool


@dataclass(slots=True)
class _Run:
    """What a run holds: its inputs, its network, and how far it is."""

    data: RenderedSet
    mels: Any  # (n, notes, 64, 51) float16, in memory or on disk
    unit: Tensor  # (n, P)
    settings: Settings
    out: Path
    model: Estimator
    optimizer: torch.optim.Optimizer
    heard: Heard | None
    step: int = 0
    elapsed: float = 0.0
    figures: dict[str, float] = field(default_factory=dict)

    def fraction(self) -> float:
        """How much of the budget is used, 0..1."""
        return self.settings.fraction(self.step, self.elapsed)

    def draw(self) -> tuple[NDArray[np.int64], int]:
        """The presets of the next step, and the note that they are heard at."""
        rng = np.random.default_rng((self.settings.seed, self.step))
        rows = np.arange(len(self.unit))
        rows = rng.choice(rows[rows % VALID != 0], self.settings.batch)
        return rows, int(rng.integers(len(self.data.notes)))

    def mel(self, rows: NDArray[np.int64], note: int) -> Tensor:
        """Log-mels (B, 64, 51) of some presets at a note."""
        return torch.from_numpy(np.asarray(self.mels[rows, note], np.float32))

    @torch.no_grad()
    def validate(self) -> None:
        """How near the presets that are kept for it are met at their first note."""
        rows = _kept(len(self.unit))
        mel, device = self.mel(rows, 0), next(self.model.parameters()).device
        self.model.eval()
        outputs = [self.model(part.to(device)).cpu() for part in torch.split(mel, CHUNK)]
        layout = self.model.layout
        self.figures |= agreement(layout, decoded(layout, torch.cat(outputs)), self.unit[rows])

    def progress(self) -> checkpoint.Progress:
        """How far it is, and what a resumed run must agree with."""
        manifest = fingerprint(self.data)
        identity = {**asdict(self.model.config), "losses": self.settings.losses}
        if self.heard:
            identity["proxy"] = self.heard.proxy.card.get("sha256", "")
        return checkpoint.Progress(self.step, self.elapsed, self.settings.seed, manifest, identity)

    def save(self) -> None:
        """Write the checkpoint and append one line to the log."""
        state = self.model.state_dict()
        path = self.out / loop.CHECKPOINT
        checkpoint.save(path, self.progress(), state, state, self.optimizer.state_dict())
        loop.log(self.out, self.step, self.elapsed, self.figures)

    def restore(self) -> None:
        """Fill everything from the checkpoint; InputError where it belongs to another run."""
        saved, groups, slots = checkpoint.load(self.out / loop.CHECKPOINT)
        loop.require_same(saved, self.progress())
        self.model.load_state_dict(groups["weights"])
        loop.fill(self.optimizer, slots)
        self.step, self.elapsed = saved.step, saved.elapsed


def _kept(count: int) -> NDArray[np.int64]:
    """The rows that are kept for validation."""
    return np.arange(0, count, VALID)[:MOST_VALID]


def train(
    data: RenderedSet,
    config: Config,
    settings: Settings,
    out: Path,
    *,
    heard: Heard | None = None,
    resume: bool = False,
    report: loop.Report = lambda fraction, step, figures: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Result:
    """Train until the budget is used, checkpoint into `out` every minute and at the end.

    The losses "mix" and "switch" need what is `heard`. KeyboardInterrupt ends it early with
    everything saved. Raises InputError where that, the budget or enough presets are missing, where
    the proxy is of another kind or schema, `out` holds another run or a resumed run does not match,
    MissingError and ParseError for a bad checkpoint, StarlingError where the
    training diverges.
    """
    loop.require_budget(settings.minutes, settings.steps)
    if not resume:
        loop.require_free(out)
    run = _open_run(data, config, settings, out, heard)
    if resume:
        run.restore()
    if settings.threads:
        torch.set_num_threads(settings.threads)
    interrupted = False
    try:
        _loop(run, report, cancelled)
    except KeyboardInterrupt:
        interrupted = True
    run.validate()
    run.save()
    return Result(run.model.cpu().eval(), run.step, run.elapsed, run.figures, interrupted)


def _open_run(
    data: RenderedSet, config: Config, settings: Settings, out: Path, heard: Heard | None
) -> _Run:
    space = Space.of(data.synth, data.schema_hash, data.schema)
    if len(data.parameters) < VALID:
        raise InputError(f"{data.folder} has {len(data.parameters)} presets; at least {VALID}")
    heard = _fitting(heard, space, settings.losses)
    out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(settings.seed)
    model = Estimator(Layout(space), config)
    bytes_held = 2 * int(np.prod(data.log_mel.shape))
    mels = data.log_mel[:] if bytes_held <= MEMORY else data.log_mel
    sample = np.asarray(mels[_kept(len(mels)), 0], np.float32)
    model.fit(float(sample.min()), float(sample.max()))
    optimizer = torch.optim.AdamW(
        model.parameters(), settings.rate, betas=(0.86, 0.98), weight_decay=settings.decay
    )
    unit = space.unit(np.asarray(data.parameters, np.float32))
    return _Run(data, mels, unit, settings, out, model, optimizer, heard)


def _fitting(heard: Heard | None, space: Space, losses: Losses) -> Heard | None:
    """What the losses need of what is heard. Raises InputError where it is not that."""
    if losses == "parameters":
        return None
    if heard is None or not isinstance(heard.proxy.network, Starling):
        raise InputError(f"the losses {losses!r} need a proxy of ours (encoder `starling`)")
    heard.proxy.space.require(space, "the data set")
    return heard


def _loop(run: _Run, report: loop.Report, cancelled: Callable[[], bool]) -> None:
    """Step after step until the budget is used or someone cancels."""
    settings = run.settings
    fabric = Fabric(accelerator="auto", devices=1)
    model, optimizer = fabric.setup(run.model, run.optimizer)
    run.optimizer.load_state_dict(run.optimizer.state_dict())  # follows the weights to the device
    hearing = _hearing(run, fabric)
    start, saved = time.monotonic() - run.elapsed, time.monotonic()
    with loop.board(run.out) as write:
        while (fraction := run.fraction()) < 1.0 and not cancelled():
            for group in optimizer.param_groups:
                group["lr"] = settings.learning_rate(fraction)
            parts = _step(run, fabric, model, optimizer, hearing)
            run.step, run.elapsed = run.step + 1, time.monotonic() - start
            run.figures |= loop.smooth(run.figures, parts)
            if run.step % settings.valid_steps == 0:
                run.validate()
                write(run.step, {**run.figures, "rate": settings.learning_rate(fraction)})
            report(run.fraction(), run.step, run.figures)
            if time.monotonic() - saved > settings.save_seconds:
                run.save()
                saved = time.monotonic()


def _hearing(run: _Run, fabric: Any) -> SoftPreset | None:
    """What turns outputs into predicted embeddings, on the model's device."""
    if run.heard is None:
        return None
    assert isinstance(run.heard.proxy.network, Starling)
    return SoftPreset(run.model.layout, run.heard.proxy.network).to(fabric.device)


def _step(
    run: _Run, fabric: Any, model: Any, optimizer: Any, hearing: SoftPreset | None
) -> dict[str, Tensor]:
    """One step of the optimiser; the parts of its loss."""
    settings, layout = run.settings, run.model.layout
    model.train()
    torch.manual_seed((settings.seed << 24) + run.step)  # dropout alike after a resume
    rows, note = run.draw()
    outputs = model(fabric.to_device(run.mel(rows, note)))
    unit = fabric.to_device(run.unit[rows])
    by_parameter, by_ear = weights(settings.losses, run.fraction())
    parts = {"parameters": parameter_loss(layout, outputs, unit, run.model.config.smoothing)}
    loss = by_parameter * parts["parameters"]
    if by_ear and hearing is not None and run.heard is not None:
        wanted = run.heard.proxy.scaling.wanted(torch.from_numpy(run.heard.vectors[rows, note]))
        notes = torch.tensor([run.data.notes[note]], dtype=torch.float32).expand(len(rows), 3)
        predicted = hearing(outputs, fabric.to_device(notes))
        parts["perceptual"] = (predicted - fabric.to_device(wanted)).abs().mean()
        loss = loss + by_ear * parts["perceptual"]
    optimizer.zero_grad()
    fabric.backward(loss)
    fabric.clip_gradients(model, optimizer, max_norm=settings.clip)
    optimizer.step()
    return parts
