"""Every encoder trains, resumes as if unbroken, keeps its best, and refuses what does not fit."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import toy_synth as toy

from starling.models.errors import InputError
from starling.models.proxy import encoder as proxy
from starling.models.proxy import train
from starling.models.proxy.data import ProxyData, hold_out
from starling.models.proxy.settings import Settings, for_encoder
from starling.models.training import checkpoint
from starling.models.training.curves import LOG
from starling.models.training.result import Result
from starling.models.training.session import CHECKPOINT, QUIET, Session


def run(
    data: ProxyData,
    out: Path,
    encoder: str = "starling",
    settings: Settings = toy.FEW,
    session: Session = QUIET,
) -> Result[proxy.Proxy]:
    kept, held = hold_out(data)
    settings = for_encoder(encoder, "toy", settings)
    return train.train(encoder, kept, held, toy.SMALL, settings, out, session)


@pytest.mark.parametrize("encoder", proxy.ENCODERS)
def test_every_encoder_trains(encoder: str, toy_data: ProxyData, tmp_path: Path) -> None:
    data = toy_data.rows(np.arange(0, 400, 10))
    result = run(data, tmp_path, encoder, replace(toy.FEW, steps=1, batch=8))
    assert result.step == 1
    assert result.model.predict(toy_data.values[:3]).shape == (3, 24)
    assert 0 < result.figures["valid_mrr"] <= 1


def test_ours_learns_the_toy(toy_data: ProxyData, tmp_path: Path) -> None:
    settings = replace(toy.FEW, steps=150, batch=64, rate=5e-3, valid_steps=50)
    result = run(toy_data, tmp_path, settings=settings)
    assert result.figures["valid_mrr"] > 0.5  # chance among 400 is .016


def lines(folder: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (folder / LOG).read_text().splitlines()]


@pytest.mark.parametrize("encoder", ["starling", "highway"])
def test_resumed_run_has_the_losses_of_an_unbroken_one(
    encoder: str, toy_data: ProxyData, tmp_path: Path
) -> None:
    settings = replace(toy.FEW, steps=4)
    whole = run(toy_data, tmp_path / "whole", encoder, settings)

    def stop(fraction: float, step: int, figures: dict[str, float]) -> None:
        if step == 2:
            raise KeyboardInterrupt

    first = run(toy_data, tmp_path / "parts", encoder, settings, Session(report=stop))
    assert first.interrupted
    assert first.step == 2
    second = run(toy_data, tmp_path / "parts", encoder, settings, Session(resume=True))
    losses = [name for name in whole.figures if not name.startswith("valid") and name != "step"]
    assert losses
    assert all(second.figures[name] == whole.figures[name] for name in losses)
    ours, theirs = (checkpoint.load(tmp_path / name / CHECKPOINT) for name in ("parts", "whole"))
    for ours_in, theirs_in in ((ours.weights, theirs.weights), (ours.average, theirs.average)):
        assert all(torch.equal(ours_in[key], theirs_in[key]) for key in theirs_in)


def test_the_best_network_is_kept(toy_data: ProxyData, tmp_path: Path) -> None:
    result = run(toy_data, tmp_path, settings=replace(toy.FEW, steps=6))
    _, held = hold_out(toy_data)
    given = result.model.predict(held.values)
    error = np.abs(given - result.model.target(held.vectors[:, 0])).mean()
    assert error == pytest.approx(result.figures["valid_l1"], abs=1e-5)
    assert (tmp_path / "tensorboard").is_dir()


def test_mixed_precision_trains(toy_data: ProxyData, tmp_path: Path) -> None:
    result = run(toy_data, tmp_path, settings=replace(toy.FEW, precision="bf16-mixed"))
    assert np.isfinite(result.model.predict(toy_data.values)).all()


def test_resume_refuses_another_run(toy_data: ProxyData, tmp_path: Path) -> None:
    run(toy_data, tmp_path)
    for settings, data, message in [
        (replace(toy.FEW, seed=1), toy_data, "seed 0"),
        (replace(toy.FEW, rate=1.0), toy_data, "other settings"),
        (toy.FEW, toy_data.rows(np.arange(200)), "other data"),
    ]:
        with pytest.raises(InputError, match=message):
            run(data, tmp_path, settings=settings, session=Session(resume=True))
    with pytest.raises(InputError, match="--resume goes on"):
        run(toy_data, tmp_path)


def test_what_does_not_fit_is_refused(toy_data: ProxyData, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a budget is needed"):
        run(toy_data, tmp_path / "a", settings=Settings())
    other = replace(toy.SPACE, schema_hash="1" * 64, knobs=toy.KNOBS[:-1])
    with pytest.raises(InputError, match="missing: decay"):
        train.train(
            "mlp", toy_data, replace(toy_data, space=other), toy.SMALL, toy.FEW, tmp_path / "b"
        )
    with pytest.raises(InputError, match="encoder must be one of mlp, highway"):
        train.train("resnet", toy_data, toy_data, toy.SMALL, toy.FEW, tmp_path / "c")


def test_published_encoders_follow_their_recipe() -> None:
    settings = for_encoder("transformer", "dexed", Settings(steps=9))
    assert (settings.batch, settings.rate, settings.eps) == (256, 1e-3, 2e-8)
    assert (settings.contrast, settings.average, settings.clip, settings.decay) == (0, 0, 0, 0)
    assert not settings.standardise
    ours = Settings(steps=100)
    rates = [ours.learning_rate(step / ours.steps) for step in range(101)]
    assert rates[0] < 1e-5
    assert max(rates) == rates[5]
    assert rates[100] < 1e-9
