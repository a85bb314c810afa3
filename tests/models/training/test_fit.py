"""The loop itself, with a network of one weight: what ends it, what it keeps, what it learned."""

import json
import time
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from starling.models.errors import StarlingError
from starling.models.training.curves import LOG
from starling.models.training.fit import fit
from starling.models.training.learning import LEAST_STEPS, Measure, require_learned
from starling.models.training.result import Result
from starling.models.training.run import Run, begin
from starling.models.training.session import CHECKPOINT, QUIET, Session
from starling.models.training.validation import Validation


@dataclass(frozen=True)
class Settings:
    minutes: float = 0.0
    steps: int = 0
    seed: int = 0
    threads: int = 1
    save_seconds: float = 60.0
    rate: float = 0.1
    slow: float = 0.0  # seconds a step
    figures: tuple[float, ...] = ()  # of the validations, one after the other
    keep: bool = False
    patience: int = 0
    until: float = 1.0


def train(settings: Settings, out: Path, session: Session = QUIET) -> Result[nn.Linear]:
    """Fit y = 3 x."""
    fabric = begin(out, settings, session)
    network = nn.Linear(1, 1, bias=False)
    optimizer = torch.optim.SGD(network.parameters(), settings.rate)
    run = Run(out, settings, session, fabric, "data", {}, network, optimizer)
    figures = iter(settings.figures)

    def step(done: float) -> dict[str, Tensor]:
        time.sleep(settings.slow)
        x = torch.rand(8, 1)
        loss = (run.model(x) - 3 * x).square().mean()
        run.descend(loss)
        return {"loss": loss}

    def loss() -> float:
        return float((network.weight.detach() - 3).abs())

    validation = Validation(
        lambda: {"valid": next(figures)},
        every=1,
        until=settings.until,
        best="valid",
        keep=settings.keep,
        patience=settings.patience,
    )
    learning = fit(run, step, Measure(loss), validation if settings.figures else None)
    return Result.of(run, network, learning)


def test_a_run_that_learns_says_so(tmp_path: Path) -> None:
    result = train(Settings(steps=LEAST_STEPS), tmp_path)
    assert result.learning is not None and result.learning.learned
    assert result.learning.after < 0.5 < result.learning.before
    require_learned(result.learning, result.step)
    assert result.learning.facts().keys() == {"name", "before", "after"}


def test_a_run_that_does_not_is_refused(tmp_path: Path) -> None:
    result = train(Settings(steps=LEAST_STEPS, rate=0.0), tmp_path)
    with pytest.raises(StarlingError, match=r"did not learn.* --resume goes on") as caught:
        require_learned(result.learning, result.step)
    assert caught.value.code == "not_learned"
    assert (tmp_path / CHECKPOINT).is_file()


def test_a_trivial_answer_must_be_beaten_too(tmp_path: Path) -> None:
    learning = train(Settings(steps=LEAST_STEPS), tmp_path).learning
    assert learning is not None
    assert not replace(learning, trivial=0.0).learned
    with pytest.raises(StarlingError, match="and 0 by a constant answer"):
        require_learned(replace(learning, trivial=0.0), 9)


def test_short_runs_of_steps_are_not_checked_but_every_time_budget_is(tmp_path: Path) -> None:
    assert train(Settings(steps=LEAST_STEPS - 1, rate=0.0), tmp_path / "few").learning is None
    short = train(Settings(minutes=0.05, steps=1, rate=0.0), tmp_path / "time").learning
    assert short is not None and not short.learned


def test_what_it_was_before_is_known_after_a_resume(tmp_path: Path) -> None:
    whole = train(Settings(steps=2 * LEAST_STEPS), tmp_path / "whole").learning
    train(Settings(steps=LEAST_STEPS), tmp_path / "parts")
    parts = train(Settings(steps=2 * LEAST_STEPS), tmp_path / "parts", Session(resume=True))
    assert whole == parts.learning


def test_a_step_that_would_end_too_late_is_not_begun(tmp_path: Path) -> None:
    began = time.monotonic() - 5  # reading took so long
    session = Session(began=began)
    result = train(Settings(minutes=8 / 60, slow=0.8), tmp_path, session)
    assert 1 <= result.step <= 3
    assert not result.interrupted
    assert time.monotonic() - began < 8.8, "the budget holds within a tenth"


def test_a_run_that_used_its_time_is_not_trained_on(tmp_path: Path) -> None:
    """What preparing took counts as well when it goes on."""
    timed = Settings(minutes=4 / 60, slow=0.3)
    first = train(timed, tmp_path, Session(began=time.monotonic() - 1))
    assert first.step >= 1
    again = train(timed, tmp_path, Session(resume=True))
    assert again.step == first.step


def test_the_used_share_of_a_time_budget_does_not_fall_in_a_resume(tmp_path: Path) -> None:
    shares: list[float] = []

    def stops_at(share: float) -> Session:
        shares.clear()
        note = lambda used, step, figures: shares.append(used)  # noqa: E731
        return Session(report=note, cancelled=lambda: bool(shares) and shares[-1] >= share)

    timed = Settings(minutes=4 / 60, slow=0.2)
    assert train(timed, tmp_path, stops_at(0.5)).interrupted
    before = shares[-1]
    train(timed, tmp_path, replace(stops_at(1.0), resume=True))
    assert min(shares) >= before >= 0.5


def test_the_best_network_is_kept_whatever_comes_later(tmp_path: Path) -> None:
    kept = Settings(steps=4, figures=(3.0, 1.0, 2.0, 2.0), keep=True)
    result = train(kept, tmp_path)
    assert result.figures == {**result.figures, "valid": 1.0, "step": 2}
    second, last = (
        train(Settings(steps=count), tmp_path / f"{count}").model.weight.item() for count in (2, 4)
    )
    assert result.model.weight.item() == second != last


def test_patience_ends_a_run_or_a_stage_of_it(tmp_path: Path) -> None:
    stale = (1.0, *[2.0] * 40)
    ended = train(Settings(steps=40, figures=stale, patience=3), tmp_path / "run")
    assert ended.step == 4
    stage = Settings(steps=40, figures=stale, patience=3, until=0.5)
    assert train(stage, tmp_path / "stage").step == 4 + 20, "the other half is left"


def test_a_run_that_diverges_keeps_the_checkpoint_of_before(tmp_path: Path) -> None:
    train(Settings(steps=1), tmp_path)
    before = (tmp_path / CHECKPOINT).read_bytes()
    with pytest.raises(StarlingError, match=r"diverged: .*; a checkpoint of before is kept"):
        train(Settings(steps=500, rate=1e6), tmp_path, Session(resume=True))
    assert (tmp_path / CHECKPOINT).read_bytes() == before


def test_a_run_that_diverges_before_its_first_checkpoint_says_that_there_is_none(
    tmp_path: Path,
) -> None:
    with pytest.raises(StarlingError, match=r"diverged: .*; there is no checkpoint") as caught:
        train(Settings(steps=500, rate=1e6), tmp_path)
    assert caught.value.code == "diverged"
    assert not (tmp_path / CHECKPOINT).exists()


def test_checkpoints_and_lines_of_the_log_come_on_the_way(tmp_path: Path) -> None:
    train(Settings(steps=3, save_seconds=0.0), tmp_path)
    lines = [json.loads(line) for line in (tmp_path / LOG).read_text().splitlines()]
    assert [line["step"] for line in lines] == [1, 2, 3, 3]
    assert all(line["loss"] > 0 for line in lines)
