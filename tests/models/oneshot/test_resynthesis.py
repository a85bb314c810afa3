"""The shipped drums by points: a seed's point sounds as the seed, a sound of the user's is met."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from starling.models.artifacts import catalogue
from starling.models.dsp import descriptors, spectral_losses
from starling.models.errors import InputError
from starling.models.oneshot.generator import Generator
from starling.models.oneshot.latent_point import morph, point_of, vary

KICKS = Path(__file__).parents[4] / "shared" / "data" / "drums" / "kick"


@pytest.fixture(scope="module")
def drums() -> Generator:
    return catalogue.load_generator(catalogue.catalogue()["drums"])


def far(made: np.ndarray, wanted: np.ndarray) -> float:
    """Distance of log spectra over what both have."""
    frames = min(made.shape[-1], wanted.shape[-1])
    pair = [torch.from_numpy(each.reshape(1, -1)[:, :frames].copy()) for each in (made, wanted)]
    return float(spectral_losses.spectral(*pair, 44100)[0])


@pytest.mark.parametrize("controls", [{"kind": 1}, {"kind": 3, "decay": 0.8}, {"key": 38}])
def test_the_point_of_a_seed_sounds_as_the_seed(
    drums: Generator, controls: dict[str, float]
) -> None:
    point = drums.point(5, controls)
    assert drums.generate(5, controls, point).tobytes() == drums.generate(5, controls).tobytes()


def test_a_small_variation_is_nearer_than_a_large_one(drums: Generator) -> None:
    """Of most sounds, by far: now and then a small step leads over to another recording's kin."""
    ratios = []
    for kind in (1, 2, 3, 5, 7, 10):
        point, sound = drums.point(5, {"kind": kind}), drums.generate(5, {"kind": kind})
        near, wide = (
            np.mean(
                [far(drums.generate(5, {"kind": kind}, vary(point, a, s)), sound) for s in range(4)]
            )
            for a in (0.15, 1.0)
        )
        ratios.append(near / wide)
    assert np.median(ratios) < 0.35
    assert np.mean(ratios) < 0.6


def test_a_morph_moves_from_one_class_to_the_other(drums: Generator) -> None:
    kick, hat = drums.point(5, {"kind": 1}), drums.point(5, {"kind": 3})
    bright = [
        descriptors.brightness(drums.generate(5, {"kind": 1}, morph(kick, hat, x))[0], 44100)
        for x in (0.0, 0.5, 1.0)
    ]
    assert bright[0] < bright[1] < bright[2]


def test_points_of_other_models_are_refused(drums: Generator) -> None:
    for point in (point_of({"kick": 1}, [0.0]), point_of({"meow": 1}, [0.0] * 27)):
        with pytest.raises(InputError, match="another model"):
            drums.generate(0, {}, point)


def test_silence_cannot_be_encoded(drums: Generator) -> None:
    with pytest.raises(InputError, match="silent"):
        drums.encode(np.zeros(4410, np.float32), 44100)


def test_a_sound_of_the_model_is_found_again(drums: Generator) -> None:
    sound = drums.generate(11, {"kind": 1})
    done: list[float] = []
    point = drums.encode(sound[0], 44100, done.append)
    assert point.kind == "kick"
    assert done[-1] == 1.0 and done == sorted(done)
    others = [far(drums.generate(seed, {"kind": 1}), sound) for seed in range(6)]
    assert far(drums.generate(0, {"kind": 1}, point), sound) < 0.6 * np.mean(others)


@pytest.mark.skipif(not KICKS.is_dir(), reason="needs the recordings in ../shared/data/drums")
def test_recorded_kicks_are_met(drums: Generator) -> None:
    for path in sorted(KICKS.glob("*.flac"))[:30:10]:
        signal, rate = soundfile.read(path, dtype="float32")
        point = drums.encode(signal, rate)
        made = drums.generate(0, {}, point)
        others = [far(drums.generate(seed, {"kind": 1}), signal[None]) for seed in range(6)]
        assert far(made, signal[None]) < np.mean(others)
