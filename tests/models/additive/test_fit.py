"""Fitting: what is known is found again, in a batch as alone, and bad input is named."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from starling.models.additive import fit as fit_additive
from starling.models.additive import partial_tracks, synthesizer
from starling.models.additive.analysis import analyse
from starling.models.additive.synthesizer import Config
from starling.models.errors import InputError

CONFIG = Config(seconds=0.5, partials=4, levels=5, glides=3, bands=8, puffs=5)
RATE = CONFIG.sample_rate
FEW = fit_additive.Settings(steps=30)


def bell(low: float = 523.0, high: float = 1491.0, seconds: float = 0.4) -> np.ndarray:
    """Two inharmonic partials, the upper one gone sooner."""
    time = np.arange(int(seconds * RATE)) / RATE
    first = 0.6 * np.sin(2 * np.pi * low * time) * np.exp(-time * 8)
    second = 0.3 * np.sin(2 * np.pi * high * time + 1) * np.exp(-time * 20)
    return (first + second).astype(np.float32)


def sweep() -> np.ndarray:
    """A kick: from 250 Hz to 50 Hz."""
    time = np.arange(int(0.4 * RATE)) / RATE
    cycles = 50 * time + 200 * 0.03 * (1 - np.exp(-time / 0.03))
    return (0.8 * np.sin(2 * np.pi * cycles) * np.exp(-time * 9)).astype(np.float32)


def two_loudest(vector: np.ndarray) -> list[float]:
    """Hertz of the two loudest partials in the middle of the first half, rising."""
    parts = synthesizer.unpack(torch.from_numpy(vector)[None], CONFIG)
    hertz = synthesizer.frequencies(parts, RATE // 4, CONFIG)[0, 40]
    order = parts["level"][0].amax(dim=1).argsort(descending=True)[:2]
    return sorted(hertz[order].tolist())


def test_tracks_find_partials_and_bridge_gaps() -> None:
    sound = np.concatenate([bell(), bell()[:200] * 0, bell()])
    spectrum = partial_tracks.magnitudes(sound, partial_tracks.WINDOW, partial_tracks.HOP)
    tracks = partial_tracks.merge_pieces(
        partial_tracks.track_peaks(partial_tracks.peaks(spectrum)), 2
    )
    hertz = [track.centre * RATE / partial_tracks.WINDOW for track in tracks]
    assert hertz == pytest.approx([523.0, 1491.0], rel=0.01)


def test_first_guess_has_the_frequencies() -> None:
    assert two_loudest(analyse(bell(), CONFIG)) == pytest.approx([523.0, 1491.0], rel=0.005)


def test_fit_recovers_two_inharmonic_partials_with_their_decays() -> None:
    [fit] = fit_additive.fit([bell()], CONFIG, fit_additive.Settings(steps=40))
    assert two_loudest(fit.vector) == pytest.approx([523.0, 1491.0], rel=0.003)
    assert fit.mss < fit.initial_mss
    assert fit.mss < 1.5  # dB
    noise = fit_additive.white(len(bell()), 5, CONFIG)
    made = synthesizer.render(torch.from_numpy(fit.vector)[None], len(bell()), noise, CONFIG)[0]
    for start in (2000, 6000, 10000):
        levels = [np.square(s[start : start + 1000]).mean() for s in (made.numpy(), bell())]
        assert 10 * math.log10(levels[0] / levels[1]) == pytest.approx(0, abs=2)


def test_fit_follows_a_kick_down() -> None:
    config = replace(CONFIG, glides=8)
    [fit] = fit_additive.fit([sweep()], config, FEW)
    parts = synthesizer.unpack(torch.from_numpy(fit.vector)[None], config)
    loudest = int(parts["level"][0].amax(dim=1).argmax())
    hertz = synthesizer.frequencies(parts, RATE // 5, config)[0, :, loudest]
    assert hertz[5] > 120
    assert float(hertz[-1]) == pytest.approx(50, abs=5)


def test_noise_goes_into_bands() -> None:
    random = np.random.default_rng(0)
    hiss = (0.2 * random.standard_normal(RATE // 4) * np.exp(-np.arange(RATE // 4) / 3000)).astype(
        np.float32
    )
    [fit] = fit_additive.fit([hiss], CONFIG, FEW)
    parts = synthesizer.unpack(torch.from_numpy(fit.vector)[None], CONFIG)
    assert parts["noise"][0, 2:7, 0].mean() == pytest.approx(math.log(0.2), abs=0.5)
    assert fit.mss < 4.0  # two white noises of one colour: 3 dB


def test_same_seed_same_fit() -> None:
    first, again = (
        fit_additive.fit([bell(), sweep()], CONFIG, fit_additive.Settings(steps=5))
        for _ in range(2)
    )
    assert all(np.array_equal(a.vector, b.vector) for a, b in zip(first, again, strict=True))


def test_cancelled_and_out_of_time_keep_the_first_guess() -> None:
    guess = analyse(bell(), CONFIG)
    [cancelled] = fit_additive.fit([bell()], CONFIG, FEW, cancelled=lambda: True)
    assert cancelled.vector == pytest.approx(guess, abs=1e-6)
    late = fit_additive.Settings(steps=1000, seconds=1e-9)
    assert fit_additive.fit([bell()], CONFIG, late)[0].vector == pytest.approx(guess, abs=1e-6)


def test_batches_hold_each_sound_once_and_stay_small() -> None:
    lengths = [RATE // 2, 100, RATE // 4, 100, RATE // 2]
    small = fit_additive.Settings(batch_seconds=1.0)
    found = list(fit_additive.batches(lengths, CONFIG, small))
    assert sorted(index for batch in found for index in batch) == list(range(5))
    assert all(len(b) * max(lengths[i] for i in b) <= RATE for b in found)


@pytest.mark.parametrize(
    ("sound", "message"),
    [
        (np.zeros(RATE // 4, np.float32), "silent"),
        (np.full(RATE // 4, np.nan, np.float32), "not numbers"),
        (np.ones(100, np.float32), "at least 441 frames"),
        (np.ones((2, 4000), np.float32), "at least 441 frames"),
        (np.ones(RATE, np.float32), "at most 0.5 s"),
    ],
)
def test_bad_sounds_are_named(sound: np.ndarray, message: str) -> None:
    with pytest.raises(InputError, match=message):
        fit_additive.fit([bell(), sound], CONFIG, FEW)


def test_nothing_to_fit_is_no_fit() -> None:
    assert fit_additive.fit([], CONFIG, FEW) == []
