import numpy as np
import pytest
from scipy import signal

from starling.models.samplernn.quantiser import emphasised, encode
from starling.models.samplernn.texture import BLOCK, DC_HERTZ, OnePole, Texture, is_stuck

RATE = 8_000


def noise(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(60, 200, count).astype(np.uint8)


@pytest.mark.parametrize(
    ("levels", "stuck"),
    [
        (np.full(RATE, 128, np.uint8), True),  # silence
        (np.tile(np.array([127, 128], np.uint8), RATE // 2), True),  # the last bit
        (127 + noise(RATE) % 3, True),  # silence that flickers
        (126 + noise(RATE) % 5, False),  # a soft hiss
        (np.tile(noise(400), RATE // 400), True),  # a loop of 50 ms
        (np.where(np.arange(RATE) % 3, 255, 0).astype(np.uint8), True),  # clipped
        (noise(RATE), False),
        (np.concatenate([np.full(RATE - 200, 128, np.uint8), noise(200)]), False),
    ],
)
def test_stuck_states_are_told_from_music(levels: np.ndarray, stuck: bool) -> None:
    assert is_stuck(levels) == stuck


def test_a_steady_tone_with_a_drifting_phase_is_no_loop() -> None:
    tone = 0.3 * np.sin(np.arange(RATE) * 2 * np.pi * 440.37 / RATE)
    assert not is_stuck(encode(tone.astype(np.float32), "mu-law"))


def test_dc_goes_and_portions_do_not_matter() -> None:
    levels = (
        np.random.default_rng(0).integers(150, 210, 64 * BLOCK).astype(np.uint8)
    )  # far off centre
    whole, parts = Texture(RATE, "linear"), Texture(RATE, "linear")
    for block in levels.reshape(-1, BLOCK):
        assert not whole.add(block) and not parts.add(block)
    once = whole.take(64 * BLOCK)
    many = np.concatenate([parts.take(count) for count in (1, 999, 64 * BLOCK - 1000)])
    assert np.array_equal(once, many)
    assert abs(once[4 * RATE // 8 :].mean()) < 0.01 < 0.3 < np.abs(levels / 128 - 1).mean()


def test_the_filter_is_that_of_scipy() -> None:
    sound = np.random.default_rng(0).standard_normal(40 * BLOCK) + 0.5
    pole = 1 - 2 * np.pi * DC_HERTZ / RATE
    texture = Texture(RATE, "linear")
    ours = np.concatenate([texture._without_dc(block) for block in sound.reshape(-1, BLOCK)])
    theirs = signal.lfilter([1.0, -1.0], [1.0, -pole], sound)
    np.testing.assert_allclose(ours, theirs, atol=1e-12)


def test_a_restart_is_no_click() -> None:
    texture = Texture(RATE, "linear")
    while not texture.add(np.full(BLOCK, 250, np.uint8)):
        pass
    assert texture.restarts == 1
    texture.add(np.full(BLOCK, 10, np.uint8))
    sound = texture.take(texture.ready)
    assert np.abs(np.diff(sound)).max() < 0.02


@pytest.mark.parametrize("emphasis", [0.0, 0.001, 0.5, 0.85, 0.99])
def test_emphasis_is_undone(emphasis: float) -> None:
    time = np.arange(40 * BLOCK) / RATE
    tone = (0.3 * np.sin(2 * np.pi * (300 + 90 * time) * time)).astype(np.float32)
    texture = Texture(RATE, "mu-law", emphasis)
    for block in encode(emphasised(tone, emphasis), "mu-law").reshape(-1, BLOCK):
        texture.add(block)
    pole = 1 - 2 * np.pi * DC_HERTZ / RATE
    error = texture.take(len(tone)) - signal.lfilter([1, -1], [1, -pole], tone)
    assert np.sqrt(np.square(error).mean()) < 0.02 * 0.3


def test_one_pole_is_its_recursion() -> None:
    signal = np.random.default_rng(1).normal(size=1000)
    for pole in (0.0, 0.01, 0.6, 0.999):
        filtered, last = OnePole(pole), 0.0
        found = np.concatenate(
            [filtered.filtered(part) for part in np.split(signal, [7, 400, 999])]
        )
        for at, value in enumerate(signal):
            last = value + pole * last
            assert found[at] == pytest.approx(last, rel=1e-9, abs=1e-12)
