"""Training the estimator: a short run of each loss, resumed runs, refusals."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import toy_synth as toy

from starling.models.datasets.rendered_presets import RenderedSet
from starling.models.errors import InputError
from starling.models.estimator.network import Config
from starling.models.estimator.train import PerceptualTargets, Settings, train
from starling.models.proxy import encoder as proxy
from starling.models.training.curves import CURVES, LOG
from starling.models.training.session import CHECKPOINT, Session

FEW = Settings(steps=3, batch=8, threads=1)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> RenderedSet:
    return RenderedSet.open(toy.write_set(tmp_path_factory.mktemp("set") / "s", toy.draw(60, 0)))


def targets(encoder: str = "starling") -> PerceptualTargets:
    torch.manual_seed(0)
    network = proxy.build(encoder, toy.SPACE, toy.SMALL)
    vectors = toy.embed(toy.sound(toy.draw(60, 0)).reshape(-1, 64, 51)).reshape(60, 2, -1)
    scaling = proxy.Scaling.fit(vectors, "zscore", standardise=True)
    card = proxy.describe(toy.SPACE, encoder, toy.SMALL, "toy/1", toy.NOTES)
    return PerceptualTargets(proxy.Proxy(card, toy.SPACE, network, scaling), vectors)


@pytest.mark.parametrize("losses", ["parameters", "mix", "switch"])
def test_a_short_run_of_each_loss(losses: str, data: RenderedSet, tmp_path: Path) -> None:
    settings = replace(FEW, losses=losses, valid_steps=2)  # type: ignore[arg-type]
    shares: list[float] = []
    result = train(
        data,
        Config(),
        settings,
        tmp_path,
        Session(report=lambda part, step, parts: shares.append(part)),
        targets(),
    )
    assert shares == pytest.approx([1 / 3, 2 / 3, 1.0])
    assert (result.step, result.interrupted) == (3, False)
    assert ("perceptual" in result.figures) == (losses != "parameters")
    assert set(result.figures) >= {"num_error", "bin_right", "cat_right"}
    assert (tmp_path / CHECKPOINT).is_file() and (tmp_path / LOG).is_file()
    assert any((tmp_path / CURVES).iterdir())
    mel = torch.from_numpy(data.log_mel[np.arange(4), 0].astype(np.float32))
    assert result.model.estimate(mel).shape == (4, len(toy.KNOBS))


def test_an_interrupted_run_goes_on_as_an_unbroken_one(data: RenderedSet, tmp_path: Path) -> None:
    def stop(fraction: float, step: int, figures: dict[str, float]) -> None:
        if step == 1:
            raise KeyboardInterrupt

    whole = train(
        data, Config(), replace(FEW, losses="switch"), tmp_path / "whole", targets=targets()
    )
    out, mixed = tmp_path / "parts", replace(FEW, losses="switch")
    first = train(data, Config(), mixed, out, session=Session(report=stop), targets=targets())
    assert (first.step, first.interrupted) == (1, True)
    parts = train(data, Config(), mixed, out, session=Session(resume=True), targets=targets())
    for ours, theirs in zip(parts.model.parameters(), whole.model.parameters(), strict=True):
        assert torch.equal(ours, theirs)


def test_a_large_set_is_read_as_it_is_needed(
    data: RenderedSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = train(data, Config(), replace(FEW, losses="parameters"), tmp_path / "held")
    monkeypatch.setattr("starling.models.estimator.train.MEMORY", 0)
    read = train(data, Config(), replace(FEW, losses="parameters"), tmp_path / "read")
    assert held.figures == read.figures


def test_what_does_not_fit_is_refused(data: RenderedSet, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="budget"):
        train(data, Config(), Settings(), tmp_path)
    for wrong in (None, targets("mlp")):
        with pytest.raises(InputError, match="need a proxy of ours"):
            train(data, Config(), FEW, tmp_path, targets=wrong)
    other = replace(toy.SPACE, schema_hash="1" * 64, knobs=toy.KNOBS[:-1])
    strange = targets()
    strange.proxy.space = other
    with pytest.raises(InputError, match="new: decay"):
        train(data, Config(), FEW, tmp_path, targets=strange)
    few = RenderedSet.open(toy.write_set(tmp_path / "few", toy.draw(5, 0)))
    with pytest.raises(InputError, match="has 5 presets"):
        train(few, Config(), replace(FEW, losses="parameters"), tmp_path)


def test_resume_refuses_another_run(data: RenderedSet, tmp_path: Path) -> None:
    plain = replace(FEW, losses="parameters")
    train(data, Config(), plain, tmp_path)
    with pytest.raises(InputError, match="holds a run already"):
        train(data, Config(), plain, tmp_path)
    for settings, message in [
        (replace(plain, seed=1), "with seed 0"),
        (FEW, "another network or other settings"),
    ]:
        with pytest.raises(InputError, match=message):
            train(
                data, Config(), settings, tmp_path, session=Session(resume=True), targets=targets()
            )
