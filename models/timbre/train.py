"""The trainer of the timbre network: pairs of one preset's notes, after a while among neighbours.

What a run needs beside its steps is in models/training.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from starling.models.errors import InputError
from starling.models.timbre.batches import Material, Pairs, augmented
from starling.models.timbre.changes import changed, chords
from starling.models.timbre.network import Config, Timbre, nt_xent, relation_loss
from starling.models.timbre.numpy_forward import NO_FLOOR
from starling.models.training import checkpoint, schedule
from starling.models.training.device import Device, Precision
from starling.models.training.fit import fit
from starling.models.training.learning import Measure
from starling.models.training.result import Result
from starling.models.training.run import Extra, Run, begin
from starling.models.training.session import CHECKPOINT, QUIET, Session
from starling.models.training.validation import Validation

NEAR = 24  # neighbours of a preset from which hard negatives are drawn
CHUNK = 512  # sounds embedded at a time outside training
FEWEST = 8  # presets held out, to say anything by them
RATE, FINE_RATE = 2e-3, 5e-4  # from scratch, and from weights that are there
MEASURED = 256  # presets of the measure, at most


@dataclass(frozen=True, slots=True)
class Settings:
    """One run. Either `minutes` or `steps` ends it, whichever comes first; 0 means no limit."""

    minutes: float = 0.0
    steps: int = 0
    seed: int = 0
    threads: int = 0  # 0 leaves torch's choice
    batch: int = 256  # pairs: as many negatives for each
    rate: float = RATE
    warmup: int = 100  # steps
    final_rate: float = 0.01  # of the highest, at the end of the cosine
    temperature: float = 0.07  # angles that matter: smaller looks at the nearest negatives only
    hard_from: float = 0.25  # share of the budget after which every other batch is of neighbours
    near_every: int = 400  # steps between two searches for neighbours
    average: float = 0.998  # EMA: the last five hundred steps
    changed: float = 0.3  # share of sounds that are changed as rooms, microphones and players do
    relation: float = 1.5  # how much the order of distances counts
    kept: float = 0.15  # of the weights that a run went on from, in the end
    decay: float = 1e-4
    clip: float = 1.0
    save_seconds: float = 60.0
    precision: Precision = "32-true"  # bf16: twice as fast where it exists

    def learning_rate(self, step: int, fraction: float) -> float:
        """Linear warm-up, then a cosine over the budget."""
        level = schedule.cosine(fraction, self.final_rate)
        return schedule.warmed(self.rate, step, self.warmup, level)


def views(pairs: Pairs, share: float, random: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Both sides of a batch, (B, bands, steps) each, a little changed; of the second a share, of
    the first half as many, as rooms, microphones and players change a sound.
    """
    seed = torch.Generator().manual_seed(int(random.integers(2**31)))
    sides = []
    for notes, much in ((pairs.one, share / 2), (pairs.two, share)):
        little = torch.from_numpy(augmented(notes, random))
        played = chords(torch.from_numpy(notes), torch.from_numpy(pairs.others), seed)
        chosen = torch.rand(len(notes), 1, 1, generator=seed) < much
        sides.append(torch.where(chosen, changed(played, seed), little))
    return sides[0], sides[1]


@torch.no_grad()
def embedded(model: Timbre, mels: NDArray[np.float32]) -> torch.Tensor:
    """Unit vectors (n, size) of log-mels (n, bands, steps), on the CPU, in evaluation mode."""
    training, device = model.training, next(model.parameters()).device
    model.eval()
    parts = [
        model(torch.from_numpy(mels[at : at + CHUNK]).to(device)).cpu()
        for at in range(0, len(mels), CHUNK)
    ]
    model.train(training)
    return torch.cat(parts)


def mean_reciprocal_rank(queries: torch.Tensor, gallery: torch.Tensor) -> float:
    """MRR of finding row i of the gallery by row i of the queries, by cosine."""
    scores = queries @ gallery.T
    own = scores.diagonal().unsqueeze(1)
    ranks = (scores > own).sum(dim=1) + 1
    return float((1.0 / ranks).mean())


def validate(model: Timbre, material: Material) -> float:
    """MRR of the presets held out, at another note each, among their first notes."""
    if not len(material.held_out):
        return 0.0
    index = material.held_out
    notes = material.other_notes(index, np.random.default_rng(0))
    gallery = embedded(model, material.first_notes(index))
    return mean_reciprocal_rank(embedded(model, material.mels(index, notes)), gallery)


def measure(model: Timbre, material: Material, settings: Settings) -> Measure:
    """The loss that training lowers, changes and order of distances included, on presets held out,
    or where they are few on those of training; always of the same sounds.
    """
    few = len(material.held_out) < FEWEST
    index = (material.training if few else material.held_out)[:MEASURED]
    random = np.random.default_rng(0)
    others = [material.mels(index, material.other_notes(index, random)) for _ in range(3)]
    first, same = material.first_notes(index), torch.from_numpy(material.alike(index))
    pairs = Pairs(first, others[0], np.stack(others[1:], axis=1), same.numpy())
    one, two = (side.numpy() for side in views(pairs, settings.changed, random))

    def loss() -> float:
        vectors, other, clean = (embedded(model, mels) for mels in (one, two, first))
        order = relation_loss(clean, torch.from_numpy(first))
        return float(
            nt_xent(vectors, other, same, settings.temperature) + settings.relation * order
        )

    return Measure(loss, "loss on its training presets" if few else "held-out loss")


def neighbours(model: Timbre, material: Material) -> NDArray[np.int64]:
    """For each preset trained on, the NEAR others (n, NEAR) that the network now puts nearest."""
    index = material.training
    vectors = torch.cat(
        [
            embedded(model, material.first_notes(index[at : at + CHUNK]))
            for at in range(0, len(index), CHUNK)
        ]
    )
    count = min(NEAR, len(vectors) - 1)
    found = []
    for at in range(0, len(vectors), CHUNK):
        scores = vectors[at : at + CHUNK] @ vectors.T
        scores[torch.arange(len(scores)), torch.arange(at, at + len(scores))] = -2.0  # itself
        found.append(scores.topk(count, dim=1).indices)
    return np.asarray(torch.cat(found).numpy(), np.int64)


@dataclass(slots=True)
class _Neighbours:
    """The neighbours among which hard batches are drawn, searched again from time to time."""

    run: Run[Timbre]
    material: Material
    settings: Settings
    near: NDArray[np.int64] | None = None  # (n, NEAR)

    def for_step(self, done: float) -> NDArray[np.int64] | None:
        """Those to draw this step's batch from; None for a batch from everywhere."""
        run, settings = self.run, self.settings
        if done < settings.hard_from or run.step % 2:
            return None
        again = run.step % settings.near_every < 2 and run.clock.fits("search")
        if self.near is None or again:
            with run.clock.timed("search"):
                self.near = neighbours(run.kept, self.material)
        return self.near

    def tensors(self) -> dict[str, Tensor]:
        """For the checkpoint."""
        return {} if self.near is None else {"near": torch.from_numpy(self.near)}

    def restore(self, saved: dict[str, Tensor]) -> None:
        """Take up where `tensors` left off."""
        self.near = np.asarray(saved["near"].numpy()) if "near" in saved else None


def train(
    material: Material,
    config: Config,
    settings: Settings,
    out: Path,
    session: Session = QUIET,
    start: Timbre | None = None,
) -> Result[Timbre]:
    """Train until the budget is used, from scratch or from `start`'s weights; checkpoints in `out`.

    Raises as `begin` and `fit` do.
    """
    run = _open(material, config, settings, out, session, start)
    hard = _Neighbours(run, material, settings)
    run.extra = Extra(hard.tensors, hard.restore)

    def step(done: float) -> dict[str, Tensor]:
        run.set_rate(settings.learning_rate(run.step, done))
        random = np.random.Generator(np.random.Philox(key=[settings.seed, run.step]))
        pairs = material.draw(settings.batch, random, hard.for_step(done))
        plain = torch.from_numpy(pairs.one)
        sounds = torch.cat([*views(pairs, settings.changed, random), plain])  # (3 B, bands, steps)
        one, two, clean = run.model(run.fabric.to_device(sounds)).float().chunk(3)  # (B, size)
        same = run.fabric.to_device(torch.from_numpy(pairs.same))
        loss = nt_xent(one, two, same, settings.temperature)
        order = relation_loss(clean, run.fabric.to_device(plain))
        run.descend(loss + settings.relation * order, settings.clip)
        return {"loss": loss, "relation": order}

    measured = measure(run.kept, material, settings)

    def validated() -> dict[str, float]:
        return {"validation_mrr": round(validate(run.kept, material), 4)}

    learning = fit(run, step, measured, Validation(validated))
    network = run.kept.cpu().eval()
    if start:  # the figures are then those of the blended weights
        _blend(network, start, settings.kept)
        run.figures |= validated()
        learning = replace(learning, after=measured.loss()) if learning else None
    return Result.of(run, network, learning)


def _open(
    material: Material,
    config: Config,
    settings: Settings,
    out: Path,
    session: Session,
    start: Timbre | None,
) -> Run[Timbre]:
    """The network, its running average and their optimiser, seeded."""
    fabric = begin(out, settings, session, Device(settings.precision))
    about = asdict(config)
    if session.resume and "floor" not in checkpoint.load(out / CHECKPOINT).header.config:
        config = replace(config, floor=NO_FLOOR)  # a run of version 0.1.0 goes on without
        del about["floor"]
    model, average = Timbre(config), Timbre(config)
    if start:
        _take(model, start)
    average.load_state_dict(model.state_dict())
    # convolutions are a third faster
    model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimizer = torch.optim.AdamW(model.parameters(), settings.rate, weight_decay=settings.decay)
    return Run(
        out,
        settings,
        session,
        fabric,
        material.manifest,
        about,
        model,
        optimizer,
        average,
        settings.average,
    )


def _take(model: Timbre, start: Timbre) -> None:
    """Take over weights. Raises InputError where they are of another shape."""
    if start.state_dict().keys() != model.state_dict().keys() or any(
        start.state_dict()[name].shape != value.shape for name, value in model.state_dict().items()
    ):
        raise InputError("the weights to go on from are of another shape", code="bad_option")
    model.load_state_dict(start.state_dict())


@torch.no_grad()
def _blend(model: Timbre, start: Timbre, share: float) -> None:
    """A share of the weights before: what they could, they can again (Wortsman et al., arXiv
    2109.01903). With .15 knob sweeps lose a quarter of what was won, an octave below all is back.
    """
    before = start.state_dict()
    for name, value in model.state_dict().items():
        if value.is_floating_point():
            value.lerp_(before[name].to(value), share)
