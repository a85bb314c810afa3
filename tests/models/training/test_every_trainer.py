"""What holds for every trainer: a run that was stopped goes on as the run left alone."""

import os
import signal
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import tiny_baselines
import tiny_composer
import torch
import toy_synth as toy
from baseline_sizes import FRONT, TINY, write_sounds
from safetensors.torch import load_file

from starling.models.additive import train as additive
from starling.models.additive.kept_fits import FITS
from starling.models.additive.synthesizer import Config as AdditiveConfig
from starling.models.baselines import data as baseline_data
from starling.models.baselines import train as baselines
from starling.models.composer import train as composer
from starling.models.composer.baselines import train as compared
from starling.models.composer.batches import Batches
from starling.models.datasets.rendered_presets import RenderedSet
from starling.models.datasets.training_set import SoundSet
from starling.models.errors import InputError, MissingError
from starling.models.estimator import train as estimator
from starling.models.estimator.network import Config as EstimatorConfig
from starling.models.oneshot import train as oneshot
from starling.models.oneshot.network import Config as OneShotConfig
from starling.models.oneshot.train_adversarial import Second
from starling.models.proxy import train as proxy
from starling.models.proxy.data import ProxyData, hold_out
from starling.models.timbre import train as timbre
from starling.models.timbre.batches import Material, open_sets
from starling.models.timbre.network import Config as TimbreConfig
from starling.models.training.result import Result
from starling.models.training.session import CHECKPOINT, QUIET, Session
from starling.models.training.validation import BEST

STEPS = 8
TRAINERS = (
    *("oneshot", "timbre", "estimator", "dense_gan", "spectral_vae", "proxy", "additive"),
    *("composer", *tiny_baselines.TINY),
)
Train = Callable[[Path, Session], Result[Any]]


@pytest.fixture(scope="module")
def trainers(
    sounds: SoundSet,
    small_config: OneShotConfig,
    toy_folder: Path,
    toy_data: ProxyData,
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Train]:
    """Every trainer on tiny data, at settings where each part of its state matters."""
    material = Material(open_sets([toy_folder]))
    kept, held = hold_out(toy_data)
    windows = baseline_data.load(write_sounds(tmp_path_factory.mktemp("base") / "a"), FRONT)
    two_stages = oneshot.Settings(
        steps=STEPS, batch=4, threads=1, second=Second(share=0.5, batch=4, alone=0.0)
    )
    among_neighbours = timbre.Settings(steps=STEPS, batch=16, threads=1, near_every=6)
    small = TimbreConfig(channels=(4, 6, 8, 8), hidden=16, size=8)
    by_parameters = estimator.Settings(
        steps=STEPS, batch=8, threads=1, losses="parameters", valid_steps=3
    )
    plain = baselines.Settings(steps=STEPS, threads=1)
    ranked = replace(toy.FEW, steps=STEPS, valid_steps=3)
    fits = additive.Settings(steps=2, threads=1, batch_seconds=0.6)
    songs, composing = tiny_baselines.material(), composer.Settings(steps=STEPS, threads=1)
    comparing = compared.Settings(steps=STEPS, threads=1)

    def published(kind: str) -> Train:
        return lambda out, session: baselines.train(kind, windows, TINY[kind], plain, out, session)

    def beside(kind: str) -> Train:
        config = tiny_baselines.TINY[kind]
        return lambda out, session: compared.train(kind, songs, config, comparing, out, session)

    return {
        "oneshot": lambda out, session: oneshot.train(
            sounds, small_config, two_stages, out, session
        ),
        "timbre": lambda out, session: timbre.train(
            material, small, among_neighbours, out, session
        ),
        "estimator": lambda out, session: estimator.train(
            RenderedSet.open(toy_folder), EstimatorConfig(), by_parameters, out, session
        ),
        "dense_gan": published("dense_gan"),
        "spectral_vae": published("spectral_vae"),
        "proxy": lambda out, session: proxy.train(
            "starling", kept, held, toy.SMALL, ranked, out, session
        ),
        "additive": lambda out, session: additive.train(
            sounds, AdditiveConfig(seconds=0.4), fits, out, session
        ),
        "composer": lambda out, session: composer.train(
            Batches(tiny_composer.prepared(), 4, 8),
            tiny_composer.prepared(3, 150),
            tiny_composer.TINY,
            composing,
            out,
            "toy",
            session,
        ),
        **{kind: beside(kind) for kind in tiny_baselines.TINY},
    }


def stopped_after(count: int) -> Session:
    """A session that is cancelled once so many steps, or batches of sounds, were begun."""
    left = iter([False] * count)
    return Session(cancelled=lambda: next(left, True))


def differing(ours: Path, theirs: Path, file: str) -> list[str]:
    """The tensors in which the files of two runs differ, but for the time that they took."""
    one, other = (load_file(str(out / file)) for out in (ours, theirs))
    assert one.keys() == other.keys()
    times = {"elapsed", "more.fit.use.spent"}
    return [key for key in one.keys() - times if not torch.equal(one[key], other[key])]


def state(name: str) -> str:
    return FITS if name == "additive" else CHECKPOINT


@pytest.mark.parametrize("name", TRAINERS)
def test_a_stopped_run_goes_on_as_the_run_left_alone(
    name: str, trainers: dict[str, Train], tmp_path: Path
) -> None:
    train, whole, parts = trainers[name], tmp_path / "whole", tmp_path / "parts"
    wanted = train(whole, QUIET)
    first = train(parts, stopped_after(2 if name == "additive" else STEPS // 2))
    assert first.interrupted and 0 < first.step < wanted.step
    found = train(parts, Session(resume=True))
    assert (found.step, found.interrupted) == (wanted.step, False)
    assert found.figures == wanted.figures
    assert not differing(parts, whole, state(name))
    if name == "proxy":
        assert not differing(parts, whole, BEST)


@pytest.mark.parametrize("name", TRAINERS)
def test_a_run_is_not_overwritten_and_none_is_not_resumed(
    name: str, trainers: dict[str, Train], tmp_path: Path
) -> None:
    with pytest.raises(MissingError, match="train without --resume first"):
        trainers[name](tmp_path / "none", Session(resume=True))
    assert not (tmp_path / "none").exists()
    (tmp_path / state(name)).write_bytes(b"kept")
    with pytest.raises(InputError, match="holds a run already"):
        trainers[name](tmp_path, QUIET)
    assert (tmp_path / state(name)).read_bytes() == b"kept"


@pytest.mark.skipif(
    threading.current_thread() is not threading.main_thread(), reason="signals come to another"
)
def test_ctrl_c_in_a_step_lets_it_end(trainers: dict[str, Train], tmp_path: Path) -> None:
    """And the run goes on as the run left alone."""
    pressed: list[int] = []

    def press(fraction: float, step: int, figures: dict[str, float]) -> None:
        if step == 3 and not pressed:
            pressed.append(step)
            os.kill(os.getpid(), signal.SIGINT)

    before = signal.getsignal(signal.SIGINT)
    first = trainers["timbre"](tmp_path / "parts", Session(report=press))
    assert (first.step, first.interrupted) == (3, True)
    assert signal.getsignal(signal.SIGINT) is before
    trainers["timbre"](tmp_path / "parts", Session(resume=True))
    trainers["timbre"](tmp_path / "whole", QUIET)
    assert not differing(tmp_path / "parts", tmp_path / "whole", CHECKPOINT)
