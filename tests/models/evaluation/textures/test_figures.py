"""How near a texture comes to its source: what each figure notices, and what it does not."""

import numpy as np
import pytest

from starling.models.errors import InputError
from starling.models.evaluation.features import embedder
from starling.models.evaluation.textures import figures as texture_figures
from starling.models.evaluation.textures.figures import Judged, judge

RATE = 16_000
DISTANCES = ("mel_mean_db", "mel_spread_db", "mel_motion_db", "flatness_db", "modulation_db")


def noise(seconds: float, seed: int = 0) -> np.ndarray:
    chance = np.random.default_rng(seed)
    return (0.1 * chance.standard_normal(int(seconds * RATE))).astype(np.float32)


def swelling(sound: np.ndarray, hertz: float) -> np.ndarray:
    time = np.arange(len(sound)) / RATE
    return (sound * (0.5 + 0.5 * np.sin(2 * np.pi * hertz * time))).astype(np.float32)


def tones(seconds: float) -> np.ndarray:
    time = np.arange(int(seconds * RATE)) / RATE
    partials = [np.sin(2 * np.pi * 220 * k * time) / k for k in range(1, 12)]
    return (0.1 * sum(partials)).astype(np.float32)


@pytest.fixture(scope="module")
def alike() -> Judged:
    """Noise judged by other noise."""
    return judge(noise(30), noise(15, 1), RATE, embedder())


def test_noise_is_as_near_to_noise_as_its_halves_are(alike: Judged) -> None:
    for name in (*DISTANCES, "frechet"):
        assert alike.made[name] == pytest.approx(alike.halves[name], rel=0.3, abs=0.02), name
    assert 0.8 < alike.made["nearest_ratio"] < 1.25
    assert abs(alike.made["level_db"]) < 0.1
    assert alike.made["silent_share"] == 0.0


def test_halves_alternate_and_ends_do_not() -> None:
    turning = np.concatenate([noise(40), tones(40)])
    found = judge(turning, noise(10, 1), RATE, embedder())
    for name in ("mel_mean_db", "flatness_db", "frechet"):
        assert found.ends[name] > 3 * found.halves[name], name


def test_alternating_stretches() -> None:
    rows = np.arange(12, dtype=np.float32)
    found = [texture_figures._alternating(rows, 4, odd).tolist() for odd in (False, True)]
    assert found == [[0, 1, 2, 6, 7, 8], [3, 4, 5, 9, 10, 11]]
    assert len(texture_figures._alternating(rows[:0], 4, True)) == 0


def test_tones_are_far_from_noise_in_every_figure(alike: Judged) -> None:
    apart = judge(noise(30), tones(15), RATE, embedder()).made
    for name in ("mel_mean_db", "mel_motion_db", "flatness_db", "frechet"):
        assert apart[name] > 3 * alike.made[name], name


def test_level_is_a_figure_of_its_own(alike: Judged) -> None:
    quiet = judge(noise(30), noise(15, 1) / 4, RATE, embedder())
    assert quiet.made["level_db"] == pytest.approx(-12.04, abs=0.1)
    for name in DISTANCES:
        assert quiet.made[name] == pytest.approx(alike.made[name], rel=0.01)


@pytest.mark.parametrize("hertz", [0.75, 3.0, 12.0])
def test_the_modulation_spectrum_notices_the_rate_of_swelling(hertz: float) -> None:
    real = swelling(noise(30), hertz)
    same = judge(real, swelling(noise(15, 1), hertz), RATE).made["modulation_db"]
    other = judge(real, swelling(noise(15, 1), 4 * hertz), RATE).made["modulation_db"]
    still = judge(real, noise(15, 1), RATE).made["modulation_db"]
    assert min(other, still) > 2 * same


def test_a_modulation_is_in_its_octave() -> None:
    power, _ = texture_figures._mel_power(swelling(noise(12), 3.0), RATE)
    found = texture_figures.modulation(power)
    assert found.shape[1:] == (8, 6)
    assert set(found.mean(axis=0).argmax(axis=1).tolist()) == {2}  # 2 to 4 Hz
    assert found.mean(axis=0)[:, 2] == pytest.approx(-4.5, abs=0.5)


def test_parts_of_a_long_signal_are_seamless(monkeypatch: pytest.MonkeyPatch) -> None:
    signal = noise(5.3)
    whole = texture_figures._mel_power(signal, RATE)
    monkeypatch.setattr(texture_figures, "PART_SECONDS", 0.7)
    parts = texture_figures._mel_power(signal, RATE)
    for one, other in zip(whole, parts, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4)


def test_copied_seconds_are_noticed() -> None:
    real = np.concatenate([swelling(noise(15), 2), tones(15) + noise(15, 3)])
    copied = judge(real, real[4 * RATE : 12 * RATE], RATE, embedder()).made["nearest_ratio"]
    fresh = judge(real, swelling(noise(8, 9), 2), RATE, embedder()).made["nearest_ratio"]
    assert copied < 0.2 < fresh


def test_without_an_embedding_there_is_no_frechet_distance() -> None:
    found = judge(noise(10), noise(5, 1), RATE)
    assert "frechet" not in found.made and "nearest_ratio" not in found.made


def test_silence_in_a_texture_is_counted() -> None:
    made = noise(10, 1)
    made[4 * RATE :] = 0
    found = judge(noise(30), made, RATE).made
    assert found["silent_share"] == pytest.approx(0.6) and found["silent_share_source"] == 0


@pytest.mark.parametrize(
    ("real", "made", "sentence"),
    [
        (noise(7), noise(9), "the source lasts 7.0 s, at least 8 s are needed"),
        (noise(9), noise(3), "the generated texture lasts 3.0 s, at least 4 s are needed"),
        (noise(9), 0 * noise(9), "the generated texture is silent: its level is below -64 dB"),
        (np.nan * noise(9), noise(9), "the source is silent: its level is below -64 dB"),
    ],
)
def test_mistakes_are_sentences(real: np.ndarray, made: np.ndarray, sentence: str) -> None:
    with pytest.raises(InputError) as caught:
        judge(real, made, RATE)
    assert str(caught.value) == sentence


def test_an_excerpt_is_spread_over_all() -> None:
    recordings = [np.full(60 * 10, k, np.float32) for k in range(4)]  # of a minute at 10 Hz
    found = texture_figures.excerpt(recordings, 10, 80.0)
    assert len(found) == 800 and set(found.tolist()) == {0, 1, 2, 3}
    assert len(texture_figures.excerpt(recordings, 10, 999.0)) == 2_400
    assert texture_figures.excerpt(recordings[:1], 10, 999.0) is recordings[0]
