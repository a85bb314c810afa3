"""The trainer of the composer: truncated back-propagation along songs, the state carried.

What a run needs beside its steps is in models/training.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from starling.models.composer import evaluate
from starling.models.composer.batches import Batches, Prepared
from starling.models.composer.copying import END, HEADS, SIZES
from starling.models.composer.network import Composer, Config
from starling.models.training import schedule
from starling.models.training.carried import Carried
from starling.models.training.device import Device, Precision
from starling.models.training.fit import fit
from starling.models.training.learning import Measure
from starling.models.training.result import Result
from starling.models.training.run import Extra, Run, begin
from starling.models.training.session import QUIET, Session
from starling.models.training.validation import Validation

WARMUP = 40  # steps


@dataclass(frozen=True, slots=True)
class Settings:
    """One run. Either `minutes` or `steps` ends it, whichever comes first; 0 means no limit."""

    minutes: float = 0.0
    steps: int = 0
    seed: int = 0
    threads: int = 0  # 0 leaves torch's choice
    rate: float = 3e-3
    stable: float = 0.6  # share of the budget before the rate falls
    final_rate: float = 0.02  # of the highest, at the end
    betas: tuple[float, float] = (0.9, 0.98)
    decay: float = 0.05
    clip: float = 1.0
    average: float = 0.995  # EMA of the weights: the last two hundred steps
    validate_every: int = 500  # steps
    validation_songs: int = 64  # at most
    patience: int = 0  # validations without a better one before the rate falls; 0: never
    save_seconds: float = 60.0
    precision: Precision = "32-true"
    devices: int = 1

    def learning_rate(self, step: int, fraction: float) -> float:
        """Linear warm-up, constant, then linear to the final rate."""
        falling = max(0.0, fraction - self.stable) / (1 - self.stable)
        return schedule.warmed(self.rate, step, WARMUP, 1 - (1 - self.final_rate) * falling)


def train(
    batches: Batches,
    held_out: Prepared,
    config: Config,
    settings: Settings,
    out: Path,
    manifest: str,
    session: Session = QUIET,
) -> Result[Composer]:
    """Train until the budget is used; checkpoints in `out`. Raises as `begin` and `fit` do."""
    run = _open(batches, config, settings, out, manifest, session)
    carried = Carried(run.network, run.fabric.is_global_zero)
    run.extra = Extra(carried.tensors, carried.restore)
    judged = evaluate.some(held_out, settings.validation_songs)

    def step(done: float) -> dict[str, Tensor]:
        run.set_rate(settings.learning_rate(run.step, done))
        window = batches.draw(run.step, run.fabric.global_rank, run.fabric.world_size)
        if window.fresh:
            carried.state = None
        rows = run.fabric.to_device(torch.from_numpy(window.rows)).long()
        wanted = run.fabric.to_device(torch.from_numpy(window.targets)).long()
        losses, state = run.model(rows, wanted, carried.state)
        carried.keep(state)
        loss = losses.sum(-1).mean()
        run.descend(loss, settings.clip)
        return {"nats_per_step": loss}

    def held_out_nats() -> float:
        return evaluate.measure(run.kept, held_out, judged).per_frame

    measure = Measure(
        held_out_nats,
        "held-out loss in nats per frame",
        unigram_nats(batches.songs, held_out, judged),
    )
    validation = Validation(
        lambda: {"validation_nats_per_frame": held_out_nats()},
        settings.validate_every,
        best="validation_nats_per_frame",
        keep=True,
        patience=settings.patience,
    )
    learning = fit(run, step, measure, validation)
    return Result.of(run, run.kept.cpu().eval(), learning)


def unigram_nats(known: Prepared, songs: Prepared, rows: NDArray[np.int64]) -> float:
    """Nats per frame of songs by each head's frequencies in `known` alone: a trivial answer."""
    total = 0.0
    places = [np.arange(songs.offsets[row], songs.offsets[row + 1]) for row in rows]
    wanted = songs.targets[np.concatenate(places)]
    for head in range(HEADS):
        count = np.bincount(known.targets[:, head], minlength=SIZES[head]) + 1.0
        matters = (wanted[:, 1] != END) | (head < 2)
        total -= float(np.log(count / count.sum())[wanted[matters, head]].sum())
    return total / int(songs.frames[rows].sum())


def parameter_groups(network: Composer, settings: Settings) -> list[dict[str, object]]:
    """The network's matrices decay; vectors and the tables of copying do not."""
    plain: list[nn.Parameter] = []
    tables: list[nn.Parameter] = []
    for name, each in network.named_parameters():
        table = name.startswith("copying.") and "gates" not in name
        (tables if table or each.ndim < 2 else plain).append(each)
    return [
        {"params": plain, "weight_decay": settings.decay},
        {"params": tables, "weight_decay": 0.0},
    ]


def _open(
    batches: Batches,
    config: Config,
    settings: Settings,
    out: Path,
    manifest: str,
    session: Session,
) -> Run[Composer]:
    """Fresh networks and their optimiser, seeded."""
    fabric = begin(out, settings, session, Device(settings.precision, devices=settings.devices))
    network, average = Composer(config), Composer(config)
    average.load_state_dict(network.state_dict())
    groups = parameter_groups(network, settings)
    optimizer = torch.optim.AdamW(groups, settings.rate, settings.betas)
    about = asdict(config) | {"batch": batches.batch, "window": batches.window}
    return Run(
        out,
        settings,
        session,
        fabric,
        manifest,
        about,
        network,
        optimizer,
        average,
        settings.average,
    )
