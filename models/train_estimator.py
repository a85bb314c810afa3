"""The training loop of the estimator (sound to preset): one plain loop on Lightning Fabric.

The published optimiser and losses; its learning rate fell on plateaus over 600 epochs, which took
days: here it warms up and follows a cosine over whatever budget is given. Ctrl-C saves and leaves.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import torch
from lightning_fabric import Fabric
from numpy.typing import NDArray
from torch import Tensor

from starling.models import checkpoint
from starling.models.errors import InputError
from starling.models.estimator import (
    Config,
    Estimator,
    Layout,
    Losses,
    SoftPreset,
    decoded,
    parameter_loss,
    weights,
)
from starling.models.proxy import Proxy
from starling.models.proxy_network import Starling
from starling.models.proxy_space import Space
from starling.models.rendered import RenderedSet

CHECKPOINT = "checkpoint.safetensors"
LOG = "log.jsonl"
VALID = 10  # every tenth preset is kept for validation
MOST_VALID, CHUNK = 1000, 200  # of those, so many are used, so many at a time
Embed = Callable[[NDArray[np.float32]], NDArray[np.float32]]  # (n, 64, 51) -> (n, m)
Report = Callable[[float, int, dict[str, float]], None]


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
    save_seconds: float = 60.0

    def fraction(self, step: int, elapsed: float) -> float:
        """How much of the budget is used, 0..1."""
        by_step = step / self.steps if self.steps else 0.0
        by_time = elapsed / (60 * self.minutes) if self.minutes else 0.0
        return min(1.0, max(by_step, by_time))

    def learning_rate(self, fraction: float) -> float:
        """Linear warm-up, then a cosine over the budget."""
        cosine = 0.5 + 0.5 * math.cos(math.pi * fraction)
        level = self.final_rate + (1 - self.final_rate) * cosine
        return self.rate * min(1.0, (fraction + 1e-3) / self.warmup) * level


@dataclass(slots=True)
class _Run:
    """What a run holds: its inputs, its network, and how far it is."""

    data: RenderedSet
    layout: Layout
    settings: Settings
    out: Path
    model: Estimator
    optimizer: torch.optim.Optimizer
    proxy: Proxy | None
    embed: Embed | None
    step: int = 0
    elapsed: float = 0.0
    figures: dict[str, float] = field(default_factory=dict)

    def fraction(self) -> float:
        """How much of the budget is used, 0..1."""
        return self.settings.fraction(self.step, self.elapsed)

    def draw(self) -> tuple[Tensor, Tensor, Tensor]:
        """Log-mels (B, 64, 51), presets (B, P) in 0..1 and notes (B, 3) of the next step."""
        rng = np.random.default_rng((self.settings.seed, self.step))
        rows = np.arange(len(self.data.parameters))
        rows = rng.choice(rows[rows % VALID != 0], self.settings.batch)
        note = int(rng.integers(len(self.data.notes)))
        return self._batch(rows, note)

    def _batch(self, rows: NDArray[np.int64], note: int) -> tuple[Tensor, Tensor, Tensor]:
        mel = torch.from_numpy(self.data.log_mel[rows, note].astype(np.float32))
        unit = self.layout.space.unit(self.data.parameters[rows])
        notes = torch.tensor([self.data.notes[note]], dtype=torch.float32).expand(len(rows), 3)
        return mel, unit, notes

    @torch.no_grad()
    def validate(self) -> dict[str, float]:
        """On the presets kept for it: mean error of numbers, share of right switches and steps."""
        mel, unit, _ = self._batch(_kept(self.data), 0)
        device = next(self.model.parameters()).device
        self.model.eval()
        outputs = [self.model(part.to(device)).cpu() for part in torch.split(mel, CHUNK)]
        wrong = (decoded(self.layout, torch.cat(outputs)) - unit).abs()
        places = {form: self.layout.places(form) for form in ("num", "bin", "cat")}
        found = {"num_error": wrong[:, places["num"]].mean().item()} if places["num"] else {}
        for form in ("bin", "cat"):
            if places[form]:
                found[f"{form}_right"] = (wrong[:, places[form]] < 0.5).float().mean().item()
        return found

    def save(self) -> None:
        """Write the checkpoint and append one line to the log."""
        state = self.model.state_dict()
        progress = checkpoint.Progress(
            self.step, self.elapsed, self.settings.seed, _manifest(self.data), _identity(self)
        )
        path = self.out / CHECKPOINT
        checkpoint.save(path, progress, state, state, self.optimizer.state_dict())
        line = {"step": self.step, "elapsed": round(self.elapsed, 1), **self.figures}
        with (self.out / LOG).open("a", encoding="utf-8") as log:
            log.write(json.dumps(line) + "\n")

    def restore(self) -> None:
        """Fill everything from the checkpoint; InputError where it belongs to another run."""
        progress, groups, slots = checkpoint.load(self.out / CHECKPOINT)
        theirs = (progress.manifest, progress.seed, json.dumps(progress.config))
        ours = (_manifest(self.data), self.settings.seed, json.dumps(_identity(self)))
        if theirs != ours:
            raise InputError(
                "the checkpoint has other data, another seed or another network", code="bad_resume"
            )
        self.model.load_state_dict(groups["weights"])
        self.optimizer.load_state_dict({**self.optimizer.state_dict(), "state": slots})
        self.step, self.elapsed = progress.step, progress.elapsed


def _kept(data: RenderedSet) -> NDArray[np.int64]:
    """The rows that are kept for validation."""
    return np.arange(0, len(data.parameters), VALID)[:MOST_VALID]


def _manifest(data: RenderedSet) -> str:
    return f"{data.synth} {data.schema_hash} {len(data.parameters)}"


def _identity(run: _Run) -> dict[str, object]:
    return {**asdict(run.model.config), "losses": run.settings.losses}


def train(
    data: RenderedSet,
    config: Config,
    settings: Settings,
    out: Path,
    *,
    proxy: Proxy | None = None,
    embed: Embed | None = None,
    resume: bool = False,
    report: Report = lambda fraction, step, figures: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> tuple[Estimator, dict[str, float]]:
    """Train until the budget is used; the network and its figures, validation among them.

    The losses "mix" and "switch" need a proxy of ours for the same schema, and the embedder that it
    predicts. Raises InputError where one of them, the budget or a fitting checkpoint is missing,
    MissingError and ParseError for a bad checkpoint.
    """
    run = _open_run(data, config, settings, out, proxy, embed, resume)
    if settings.threads:
        torch.set_num_threads(settings.threads)
    try:
        _loop(run, report, cancelled)
    except KeyboardInterrupt:
        run.figures["interrupted"] = 1.0
    run.figures |= run.validate()
    run.save()
    return run.model.cpu().eval(), run.figures


def _open_run(
    data: RenderedSet,
    config: Config,
    settings: Settings,
    out: Path,
    proxy: Proxy | None,
    embed: Embed | None,
    resume: bool,
) -> _Run:
    if settings.minutes <= 0 and settings.steps <= 0:
        raise InputError("a budget is needed: minutes or steps above 0", code="bad_budget")
    if not resume and (out / CHECKPOINT).exists():
        raise InputError(f"{out} holds a run already; resume it or name another", code="bad_out")
    space = Space.of(data.synth, data.schema_hash, data.schema)
    if settings.losses != "parameters":
        if proxy is None or embed is None or not isinstance(proxy.network, Starling):
            raise InputError(
                f"the losses {settings.losses!r} need a proxy of ours and its embedder"
            )
        proxy.space.require(space, "the data set")
    out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(settings.seed)
    model = Estimator(Layout(space), config)
    sample = data.log_mel[_kept(data), 0].astype(np.float32)
    model.fit(float(sample.min()), float(sample.max()))
    optimizer = torch.optim.AdamW(
        model.parameters(), settings.rate, betas=(0.86, 0.98), weight_decay=settings.decay
    )
    run = _Run(data, model.layout, settings, out, model, optimizer, proxy, embed)
    if resume:
        run.restore()
    return run


def _loop(run: _Run, report: Report, cancelled: Callable[[], bool]) -> None:
    """Step after step until the budget is used or someone cancels."""
    settings = run.settings
    fabric = Fabric(accelerator="auto", devices=1)
    model, optimizer = fabric.setup(run.model, run.optimizer)
    run.optimizer.load_state_dict(run.optimizer.state_dict())  # follows the weights to the device
    hearing = _hearing(run)
    start, saved = time.monotonic() - run.elapsed, time.monotonic()
    while (fraction := run.fraction()) < 1.0 and not cancelled():
        for group in optimizer.param_groups:
            group["lr"] = settings.learning_rate(fraction)
        model.train()
        torch.manual_seed((settings.seed << 24) + run.step)  # dropout alike after a resume
        mel, unit, notes = (fabric.to_device(part) for part in run.draw())
        outputs = model(mel)
        parts = {
            "parameters": parameter_loss(run.layout, outputs, unit, run.model.config.smoothing)
        }
        by_parameter, by_ear = weights(settings.losses, fraction)
        loss = by_parameter * parts["parameters"]
        if by_ear and hearing is not None:
            parts["perceptual"] = (hearing(outputs, notes) - _wanted(run, mel)).abs().mean()
            loss = loss + by_ear * parts["perceptual"]
        optimizer.zero_grad()
        fabric.backward(loss)
        fabric.clip_gradients(model, optimizer, max_norm=settings.clip)
        optimizer.step()
        run.step, run.elapsed = run.step + 1, time.monotonic() - start
        run.figures |= {name: value.item() for name, value in parts.items()}
        report(run.fraction(), run.step, run.figures)
        if time.monotonic() - saved > settings.save_seconds:
            run.save()
            saved = time.monotonic()


def _hearing(run: _Run) -> SoftPreset | None:
    """What turns outputs into predicted embeddings, on the model's device."""
    if run.proxy is None or run.settings.losses == "parameters":
        return None
    assert isinstance(run.proxy.network, Starling)
    device = next(run.model.parameters()).device
    return SoftPreset(run.layout, run.proxy.network).to(device)


def _wanted(run: _Run, mel: Tensor) -> Tensor:
    """The embeddings of the targets, as the proxy's network gives them."""
    assert run.proxy is not None and run.embed is not None
    vectors = torch.from_numpy(run.embed(mel.cpu().numpy()).astype(np.float32))
    return run.proxy.scaling.wanted(vectors).to(mel.device)
