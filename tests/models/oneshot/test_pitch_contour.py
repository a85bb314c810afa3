"""F0 contours: their knots follow glides, whatever the speed, gaps and silence."""

import numpy as np
import pytest
import torch

from starling.models.dsp import pitch
from starling.models.oneshot.pitch_contour import KNOTS, fit_contour, interpolate
from starling.models.oneshot.spectral_head import HeadConfig, SpectralHead

HEAD = HeadConfig(overtones=4, body_low_hz=100.0, body_high_hz=1600.0)
SECONDS = 1.2
FRAMES = round(SECONDS / pitch.HOP_S)


def glide(low: float, high: float) -> tuple[np.ndarray, np.ndarray]:
    """Pitch and level of a voice that glides from one to the other."""
    hertz = low * (high / low) ** np.linspace(0, 1, FRAMES)
    return hertz.astype(np.float32), np.full(FRAMES, 0.3, np.float32)


def hertz_at(numbers: np.ndarray, place: float) -> float:
    """Hertz of a melody at a place of the sound."""
    at = interpolate(torch.from_numpy(numbers[None, :-1]), torch.tensor([[place]]))
    return float(SpectralHead(HEAD).body(at[..., None].expand(1, 1, HEAD.partials))[0, 0, 0])


def test_knots_follow_a_glide() -> None:
    found = fit_contour(glide(300, 600), SECONDS, 1.0, HEAD, KNOTS)
    assert found.shape == (KNOTS + 1,) and found.dtype == np.float32
    assert np.exp(found[-1]) == pytest.approx(SECONDS)
    for place in (0.05, 0.3, 0.6, 0.95):
        assert hertz_at(found, place) == pytest.approx(300 * 2**place, rel=0.02)
    assert hertz_at(found, 3.0) == pytest.approx(600, rel=0.03)  # held after its end


def test_a_faster_sound_is_higher_and_shorter() -> None:
    found = fit_contour(glide(300, 600), SECONDS / 1.25, 1.25, HEAD, KNOTS)
    assert hertz_at(found, 0.5) == pytest.approx(1.25 * 300 * 2**0.5, rel=0.02)


def test_gaps_are_bridged_and_faint_errors_ignored() -> None:
    hertz, level = glide(300, 600)
    hertz[40:80] = 0
    hertz[100:104], level[100:104] = 1500, 0.0001  # an octave error in a breath
    found = fit_contour((hertz, level), SECONDS, 1.0, HEAD, KNOTS)
    for place in (0.1, 0.45, 0.8, 0.9):
        assert hertz_at(found, place) == pytest.approx(300 * 2**place, rel=0.04)


def test_what_has_no_pitch_gets_the_middle() -> None:
    silent = np.zeros(FRAMES, np.float32)
    found = fit_contour((silent, silent), SECONDS, 1.0, HEAD, KNOTS)
    assert (found[:-1] == 0).all()
    assert hertz_at(found, 0.5) == pytest.approx(400)
    wild = fit_contour((np.full(FRAMES, 9999, np.float32), silent + 1), SECONDS, 1.0, HEAD, KNOTS)
    assert np.isfinite(wild).all() and 1400 < hertz_at(wild, 0.5) <= 1600
