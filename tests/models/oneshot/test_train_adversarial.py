"""The second stage: what it trains, what it leaves alone, and that it goes on where it stopped."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from starling.models.datasets.training_set import SoundSet
from starling.models.oneshot import train
from starling.models.oneshot.network import Config
from starling.models.oneshot.train_adversarial import Second
from starling.models.training import checkpoint
from starling.models.training.session import CHECKPOINT, Session

SECOND = Second(share=0.5, batch=4, alone=0.0)
SETTINGS = train.Settings(steps=6, batch=4, threads=1, second=SECOND)


def stopped_after(count: int) -> Session:
    """A session that is cancelled once so many steps were begun."""
    left = iter([False] * count)
    return Session(cancelled=lambda: next(left, True))


def test_stages_share_the_budget() -> None:
    assert SETTINGS.stages(0.25) == (0.5, 0.0)
    assert SETTINGS.stages(0.75) == (1.0, 0.5)
    assert replace(SETTINGS, second=Second(share=0.0)).stages(0.75) == (0.75, 0.0)
    assert replace(SETTINGS, second=Second(share=1.0)).stages(0.75) == (1.0, 0.75)


def test_the_second_stage_trains_the_decoder_and_not_the_encoder(
    small_config: Config, sounds: SoundSet, tmp_path: Path
) -> None:
    train.train(sounds, small_config, SETTINGS, tmp_path, stopped_after(4))
    before = checkpoint.load(tmp_path / CHECKPOINT).weights
    result = train.train(sounds, small_config, SETTINGS, tmp_path, Session(resume=True))
    after = checkpoint.load(tmp_path / CHECKPOINT).weights
    moved = {name for name in before if not torch.equal(before[name], after[name])}
    assert moved
    assert not any(name.startswith("encoder.") for name in moved)
    assert {"judge", "persuasion", "matching", "spectral"} <= set(result.figures)
    assert all(value == value for value in result.figures.values())


@pytest.mark.parametrize("stop", [2, 3, 4])
def test_a_run_stopped_anywhere_ends_as_an_unbroken_one(
    small_config: Config, sounds: SoundSet, tmp_path: Path, stop: int
) -> None:
    whole = train.train(sounds, small_config, SETTINGS, tmp_path / "whole")
    parts = tmp_path / "parts"
    train.train(sounds, small_config, SETTINGS, parts, stopped_after(stop))
    again = train.train(sounds, small_config, SETTINGS, parts, Session(resume=True))
    assert again.step == whole.step == 6
    pairs = zip(whole.model.parameters(), again.model.parameters(), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)


def test_the_discriminators_may_begin_alone(
    small_config: Config, sounds: SoundSet, tmp_path: Path
) -> None:
    alone = replace(SETTINGS, second=replace(SECOND, alone=1.0))
    train.train(sounds, small_config, alone, tmp_path, stopped_after(4))
    before = checkpoint.load(tmp_path / CHECKPOINT)
    train.train(sounds, small_config, alone, tmp_path, Session(resume=True))
    after = checkpoint.load(tmp_path / CHECKPOINT)
    assert all(torch.equal(before.weights[n], after.weights[n]) for n in before.weights)
    judge = [name for name in before.more if name.startswith("judge.")]
    assert any(not torch.equal(before.more[n], after.more[n]) for n in judge)
