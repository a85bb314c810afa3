"""Training the estimator: a short run of each loss, resumed runs, refusals."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import toy_synth as toy

from starling.models import proxy
from starling.models.errors import InputError
from starling.models.estimator import Config
from starling.models.rendered import RenderedSet
from starling.models.train_estimator import CHECKPOINT, LOG, Settings, train

FEW = Settings(steps=3, batch=8, threads=1)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> RenderedSet:
    return RenderedSet.open(toy.write_set(tmp_path_factory.mktemp("set") / "s", toy.draw(60, 0)))


def heard() -> proxy.Proxy:
    torch.manual_seed(0)
    network = proxy.build("starling", toy.SPACE, toy.SMALL)
    vectors = toy.embed(toy.sound(toy.draw(50, 0))[:, 0].astype(np.float32))
    scaling = proxy.Scaling.fit(vectors, "zscore", standardise=True)
    card = proxy.describe(toy.SPACE, "starling", toy.SMALL, "toy/1", toy.NOTES)
    return proxy.Proxy(card, toy.SPACE, network, scaling)


@pytest.mark.parametrize("losses", ["parameters", "mix", "switch"])
def test_a_short_run_of_each_loss(losses: str, data: RenderedSet, tmp_path: Path) -> None:
    settings = replace(FEW, losses=losses)
    told: list[float] = []
    network, figures = train(
        data,
        Config(),
        settings,
        tmp_path,
        proxy=heard(),
        embed=toy.embed,
        report=lambda part, step, parts: told.append(part),
    )
    assert told == pytest.approx([1 / 3, 2 / 3, 1.0])
    assert ("perceptual" in figures) == (losses != "parameters")
    assert set(figures) >= {"num_error", "bin_right", "cat_right"}
    assert (tmp_path / CHECKPOINT).is_file() and (tmp_path / LOG).is_file()
    mel = torch.from_numpy(data.log_mel[np.arange(4), 0].astype(np.float32))
    assert network.estimate(mel).shape == (4, len(toy.KNOBS))


def test_a_resumed_run_goes_on_as_an_unbroken_one(data: RenderedSet, tmp_path: Path) -> None:
    plain = replace(FEW, losses="parameters")
    whole, _ = train(data, Config(), plain, tmp_path / "whole")
    stop = iter([False, True])
    train(data, Config(), plain, tmp_path / "parts", cancelled=lambda: next(stop))
    parts, _ = train(data, Config(), plain, tmp_path / "parts", resume=True)
    for ours, theirs in zip(parts.parameters(), whole.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs)


def test_what_does_not_fit_is_refused(data: RenderedSet, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="budget"):
        train(data, Config(), Settings(), tmp_path)
    with pytest.raises(InputError, match="need a proxy"):
        train(data, Config(), FEW, tmp_path)
    (tmp_path / CHECKPOINT).write_bytes(b"")
    with pytest.raises(InputError, match="holds a run already"):
        train(data, Config(), replace(FEW, losses="parameters"), tmp_path)
